"""What an independent reader found in recorded payloads, we find too."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from connectors import evaluation, telegram, whatsapp
from connectors.channel import Kind, to_json

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "connectors"

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="../shared with the recorded payloads is not here"
)


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
def test_recorded_payloads_give_the_facts_an_independent_reader_found(channel: str) -> None:
    expected = json.loads((SHARED / channel / "EXPECTED.json").read_text())
    found = evaluation.facts(channel, [SHARED / channel / name for name in expected])
    assert found == expected


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
def test_no_recorded_event_is_unreadable_and_all_survive_being_stored(channel: str) -> None:
    expected = json.loads((SHARED / channel / "EXPECTED.json").read_text())
    for name in expected:
        parse = {"telegram": telegram.parse, "whatsapp": whatsapp.parse}[channel]
        for event in parse((SHARED / channel / name).read_bytes(), {}):
            assert event.kind is not Kind.UNPARSED
            to_json(event).encode()


def test_no_body_of_any_channel_makes_a_parser_raise() -> None:
    bodies = [file.read_bytes() for file in SHARED.rglob("*") if file.is_file()]
    assert bodies
    for body in bodies:
        for event in (*telegram.parse(body, {}), *whatsapp.parse(body, {})):
            to_json(event).encode()


def adversarial(name: str) -> bytes:
    return (SHARED / "_adversarial" / name).read_bytes()


def test_the_good_event_after_a_bad_one_arrives() -> None:
    bad, good = whatsapp.parse(adversarial("wa_good_after_bad.json"), {})
    assert bad.kind is Kind.UNPARSED
    assert bad.platform_id == "wamid.bad"
    assert good.content is not None
    assert good.content.text == "I must arrive"


def test_an_unknown_type_is_a_message_and_an_unknown_field_an_event() -> None:
    strange, field = whatsapp.parse(adversarial("wa_unknown_type.json"), {})
    assert strange.kind is Kind.MESSAGE
    assert strange.content is not None
    assert strange.content.type == "hologram"
    assert (field.kind, field.detail["field"]) == (Kind.ACCOUNT_EVENT, "brand_new_field")


def test_broken_updates_are_kept_apart_and_odd_ones_read() -> None:
    (nulls,) = telegram.parse(adversarial("tg_nested_nulls.json"), {})
    assert nulls.kind is Kind.UNPARSED
    (negative,) = telegram.parse(adversarial("tg_negative_update_id.json"), {})
    assert negative.kind is Kind.MESSAGE
    (lone,) = telegram.parse(adversarial("lone_surrogate.json"), {})
    assert lone.content is not None
    assert lone.content.text == "\ufffd"
    for name in ("invalid_utf8.json", "top_level_number.json", "top_level_string.json"):
        assert telegram.parse(adversarial(name), {}) == []
    for name in ("utf8_bom.json", "utf16.json"):
        assert [event.kind for event in telegram.parse(adversarial(name), {})] == [Kind.UNKNOWN]


def vectors() -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = json.loads(
        (SHARED / "_signatures" / "vectors.json").read_text()
    )
    return found


def test_every_signature_is_accepted_or_refused_as_listed() -> None:
    listed = vectors()
    for vector in listed["positive"]:
        body, meta = base64.b64decode(str(vector["body_b64"])), vector["meta"]
        assert isinstance(meta, dict)
        header = {"X-Hub-Signature-256": meta["X-Hub-Signature-256"]}
        secrets = {"app_secret": meta["app_secret"]}
        assert whatsapp.verify(body, header, secrets), vector["name"]
        assert not whatsapp.verify(body + b" ", header, secrets), vector["name"]
    first = listed["positive"][0]
    body, meta = base64.b64decode(str(first["body_b64"])), first["meta"]
    assert isinstance(meta, dict)
    for refused in listed["negative_meta_for_body_ascii"]:
        header = {} if refused["header"] is None else {"x-hub-signature-256": refused["header"]}
        assert not whatsapp.verify(body, header, {"app_secret": meta["app_secret"]}), refused
