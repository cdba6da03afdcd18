"""Recorded and hostile bodies go all the way into the record without a failing job."""

from __future__ import annotations

from pathlib import Path

import pytest

from access import people
from connectors import inbox
from connectors.channel import ChannelAccount
from runtime import queue
from runtime.database import open_session
from tests.connectors.conftest import House, run_all, said, thread
from tests.connectors.samples import SECRET, signed

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "connectors"

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="../shared with the recorded payloads is not here"
)


def post(account: ChannelAccount, *files: Path) -> None:
    for file in files:
        body = file.read_bytes()
        headers = SECRET if account.channel == "telegram" else signed(body)
        inbox.accept(account.endpoint_key, headers, body)
    run_all()
    assert queue.backlog().failed == 0


def kept(house: House) -> list[str]:
    with open_session(house.scope) as session:
        return [item.reason for item in inbox.list_unparsed(session, people.system(house.unit_id))]


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
def test_every_hostile_body_with_a_good_signature_is_taken_and_costs_nothing(
    house: House, telegram: ChannelAccount, whatsapp: ChannelAccount, channel: str
) -> None:
    account = {"telegram": telegram, "whatsapp": whatsapp}[channel]
    files = sorted((SHARED / "_adversarial").iterdir())
    post(account, *files)
    if channel == "whatsapp":
        assert "I must arrive" in said(house)
        assert "unsupported" in [found.content_type for found in thread(house)]
    else:
        script = "</script><script>alert(1)</script> =cmd|' /C calc'!A0"
        # The update with the negative number repeats another one's chat and message id.
        assert {"\ufffd", "ab", script} <= set(said(house))
    assert {"not_json", "not_an_object"} <= set(kept(house))


def test_every_recorded_body_goes_all_the_way(
    house: House, telegram: ChannelAccount, whatsapp: ChannelAccount
) -> None:
    post(telegram, *sorted((SHARED / "telegram" / "nutgram-updates").iterdir()))
    folders = ("made", "pywa", "restfb")
    post(whatsapp, *[f for name in folders for f in sorted((SHARED / "whatsapp" / name).iterdir())])
    assert {"A", "B", "C", "D"} <= set(said(house))
    assert "bad_events" not in kept(house)
