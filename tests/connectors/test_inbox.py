"""What a platform delivers is stored once it is proven, and never lost."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select

from access import Denied, people
from connectors import accounts, inbox
from connectors.channel import ChannelAccount
from connectors.models import EventRow, InboxRow
from runtime import jobs
from runtime.database import open_session
from runtime.errors import NotAllowed, NotFound
from tests.connectors.conftest import WHATSAPP, House, connect, run_all, said
from tests.connectors.samples import (
    SECRET,
    change,
    encode,
    message,
    signed,
    update,
    webhook,
)


def count(house: House, table: type[InboxRow] | type[EventRow]) -> int:
    with open_session(house.scope, read_only=True) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(
    "headers", [{}, {"x-telegram-bot-api-secret-token": ""}, dict.fromkeys(SECRET, "sécret")]
)
def test_a_forged_delivery_leaves_no_trace(
    house: House, telegram: ChannelAccount, headers: dict[str, str]
) -> None:
    with pytest.raises(NotAllowed):
        inbox.accept(telegram.endpoint_key, headers, encode(update(1)))
    assert count(house, InboxRow) == 0


def test_an_unknown_or_switched_off_address_takes_nothing(
    house: House, telegram: ChannelAccount
) -> None:
    with pytest.raises(NotFound):
        inbox.accept("0" * 32, SECRET, encode(update(1)))
    with open_session(house.scope) as session:
        accounts.set_active(session, people.system(house.unit_id), telegram.id, active=False)
    with pytest.raises(NotFound):
        inbox.accept(telegram.endpoint_key, SECRET, encode(update(1)))


def test_a_delivery_is_good_under_the_secret_before_and_after_a_rotation(
    house: House, telegram: ChannelAccount
) -> None:
    with open_session(house.scope) as session:
        accounts.replace_secrets(
            session, people.system(house.unit_id), telegram.id, {"secret": "n3w"}
        )
    inbox.accept(telegram.endpoint_key, SECRET, encode(update(1)))
    inbox.accept(telegram.endpoint_key, dict.fromkeys(SECRET, "n3w"), encode(update(2)))
    run_all()
    assert said(house) == ["Hello", "Hello"]


def test_the_same_delivery_five_times_is_one_message(
    house: House, telegram: ChannelAccount
) -> None:
    for _ in range(5):
        inbox.accept(telegram.endpoint_key, SECRET, encode(update(1)))
    run_all()
    assert said(house) == ["Hello"]


def test_nothing_personal_stays_in_the_inbox_once_it_is_through(
    house: House, telegram: ChannelAccount
) -> None:
    inbox.accept(telegram.endpoint_key, SECRET, encode(update(1)))
    with open_session(house.scope, read_only=True) as session:
        row = session.scalars(select(InboxRow)).one()
        assert row.body_sealed is not None
        assert b"Hello" not in row.body_sealed
        assert "s3cret" not in json.dumps(row.headers)
    run_all()
    with open_session(house.scope, read_only=True) as session:
        assert session.scalars(select(InboxRow.body_sealed)).one() is None
        assert session.scalars(select(EventRow.payload_sealed)).one() is None
        assert "5" not in session.scalars(select(jobs.JobRow.args)).all()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "not_json"),
        (b"\xff\xff", "not_json"),
        (b'{"n":' + b"9" * 5_000 + b"}", "not_json"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "not_json"),
        (b"[1, 2]", "not_an_object"),
        (encode({"update_id": 8, "message": None}), "bad_events"),
    ],
    ids=["cut", "bytes", "digits", "depth", "list", "null"],
)
def test_what_nobody_can_read_is_kept_and_shown(
    house: House, telegram: ChannelAccount, body: bytes, reason: str
) -> None:
    inbox.accept(telegram.endpoint_key, SECRET, body)
    run_all()
    system = people.system(house.unit_id)
    with open_session(house.scope) as session:
        (kept,) = inbox.list_unparsed(session, system)
        assert (kept.account, kept.state, kept.reason) == ("telegram-eu", "unparsable", reason)
        assert inbox.read_raw(session, system, kept.id) == body


def test_one_bad_event_costs_only_itself(house: House, whatsapp: ChannelAccount) -> None:
    bad = message("wamid.bad", type="text", text=7)
    body = webhook(change(message("wamid.a", "A"), bad, message("wamid.b", "B")))
    inbox.accept(whatsapp.endpoint_key, signed(body), body)
    run_all()
    assert said(house) == ["A", "B"]
    with open_session(house.scope) as session:
        (kept,) = inbox.list_unparsed(session, people.system(house.unit_id))
    assert (kept.reason, kept.unparsed_events) == ("bad_events", 1)


def test_a_message_without_any_sender_is_shown_and_costs_nothing(
    house: House, whatsapp: ChannelAccount
) -> None:
    nameless = message("wamid.x")
    del nameless["from"]
    body = webhook(change(nameless, message("wamid.y", "Y"), contacts=[{"profile": {}}]))
    inbox.accept(whatsapp.endpoint_key, signed(body), body)
    run_all()
    assert said(house) == ["Y"]
    with open_session(house.scope) as session:
        (kept,) = inbox.list_unparsed(session, people.system(house.unit_id))
    assert kept.unparsed_events == 1


def test_an_event_for_an_account_we_do_not_have_is_an_orphan(
    house: House, whatsapp: ChannelAccount
) -> None:
    body = webhook(change(message("wamid.o"), number="999"), change(message("wamid.m", "Mine")))
    inbox.accept(whatsapp.endpoint_key, signed(body), body)
    run_all()
    assert said(house) == ["Mine"]
    with open_session(house.scope) as session:
        (kept,) = inbox.list_unparsed(session, people.system(house.unit_id))
    assert (kept.state, kept.reason) == ("orphan", "no_account")


def test_one_app_serves_numbers_of_several_units(house: House, whatsapp: ChannelAccount) -> None:
    connect(
        house, "whatsapp", "wa-jp", unit_id=house.other_unit_id, secrets=WHATSAPP, external_id="77"
    )
    body = webhook(change(message("a", "Here")), change(message("b", "There"), number="77"))
    inbox.accept(whatsapp.endpoint_key, signed(body), body)
    run_all()
    assert said(house) == ["Here"]
    assert said(house, house.other_unit_id) == ["There"]


def test_switching_off_one_number_of_an_app_costs_the_others_nothing(
    house: House, whatsapp: ChannelAccount
) -> None:
    connect(
        house, "whatsapp", "wa-jp", unit_id=house.other_unit_id, secrets=WHATSAPP, external_id="77"
    )
    with open_session(house.scope) as session:
        accounts.set_active(session, people.system(house.unit_id), whatsapp.id, active=False)
    body = webhook(change(message("a", "Here")), change(message("b", "There"), number="77"))
    inbox.accept(whatsapp.endpoint_key, signed(body), body)
    own = webhook(change(message("c", "Mine")))
    inbox.accept(whatsapp.endpoint_key, signed(own), own)  # no failure that Meta would count
    run_all()
    assert said(house, house.other_unit_id) == ["There"]
    assert said(house) == []
    with open_session(house.scope) as session:
        kept = inbox.list_unparsed(session, people.system(house.unit_id))
        raw = [inbox.read_raw(session, people.system(house.unit_id), item.id) for item in kept]
    assert raw == [own, body]


def test_knowing_one_apps_secret_does_not_help_to_speak_for_another(
    house: House, whatsapp: ChannelAccount
) -> None:
    other = WHATSAPP | {"secret": "another-app"}
    connect(
        house, "whatsapp", "wa-jp", unit_id=house.other_unit_id, secrets=other, external_id="77"
    )
    body = webhook(change(message("b", "Forged"), number="77"))
    inbox.accept(whatsapp.endpoint_key, signed(body), body)
    run_all()
    assert said(house, house.other_unit_id) == []


def test_metas_handshake_is_answered_for_the_right_token_only(whatsapp: ChannelAccount) -> None:
    params = {
        "hub.mode": "subscribe",
        "hub.verify_token": "verify-me",
        "hub.challenge": "1158201444",
    }
    assert inbox.handshake(whatsapp.endpoint_key, params) == "1158201444"
    for wrong in ({"hub.verify_token": "é"}, {"hub.verify_token": ""}, {"hub.mode": "x"}):
        with pytest.raises(NotAllowed):
            inbox.handshake(whatsapp.endpoint_key, params | wrong)


def test_only_who_may_see_the_inbox_sees_it(house: House, whatsapp: ChannelAccount) -> None:
    from access.roles import MANAGEMENT, SERVICE

    service = people.Principal("user/1", "user", SERVICE, frozenset({house.unit_id}))
    management = people.Principal("user/2", "user", MANAGEMENT, frozenset({house.unit_id}))
    with open_session(house.scope) as session:
        with pytest.raises(Denied):
            inbox.list_unparsed(session, service)
        assert inbox.list_unparsed(session, management) == []
        with pytest.raises(Denied):
            inbox.read_raw(session, management, 1)


def test_a_batch_of_hundreds_of_events_arrives_whole(
    house: House, whatsapp: ChannelAccount
) -> None:
    statuses = [
        {"id": f"wamid.{number}", "status": "sent", "timestamp": "1760000000"}
        for number in range(450)
    ]
    body = webhook(change(statuses=statuses))
    inbox.accept(whatsapp.endpoint_key, signed(body), body)
    jobs.run(jobs.claim() or pytest.fail("nothing to do"))
    assert count(house, EventRow) == 450
