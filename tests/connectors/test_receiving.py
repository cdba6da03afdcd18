"""What customers do on a platform shows in the record."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sqlalchemy import select

from access import people
from connectors import inbox
from connectors.channel import ChannelAccount
from connectors.models import EventRow
from records import contacts, conversations, messages
from runtime import failpoints, jobs
from runtime.database import open_session
from tests.connectors.conftest import (
    Crash,
    House,
    connect,
    conversations_of,
    crash,
    lapse,
    report,
    run_all,
    said,
    thread,
)
from tests.connectors.samples import (
    BSUID,
    PERSON,
    SECRET,
    change,
    contact,
    encode,
    message,
    signed,
    status,
    update,
    webhook,
)


def tell(account: ChannelAccount, *payloads: dict[str, Any]) -> None:
    """Deliver Telegram updates and let them have their effect."""
    for payload in payloads:
        inbox.accept(account.endpoint_key, SECRET, encode(payload))
    run_all()


def reasons(house: House) -> list[tuple[str, str, str | None]]:
    with open_session(house.scope, read_only=True) as session:
        rows = session.scalars(select(EventRow).order_by(EventRow.id)).all()
        return [(row.kind, row.state, row.reason) for row in rows]


def profile(house: House, contact_id: int = 1) -> dict[str, str]:
    with open_session(house.scope) as session:
        system = people.system(house.unit_id)
        return contacts.read_profile(session, system, contact_id).attributes


def test_a_customer_is_known_by_name_and_answered_by_the_assistant(
    house: House, telegram: ChannelAccount
) -> None:
    tell(telegram, update(1))
    (line,) = conversations_of(house)
    assert (line.channel, line.account, line.assignee) == ("telegram", "telegram-eu", "assistant")
    assert profile(house) == {"name": "Mia Q", "channel.telegram": "5"}
    with open_session(house.scope, read_only=True) as session:
        waiting = session.scalars(select(jobs.JobRow).where(jobs.JobRow.kind == "bot.answer")).all()
    assert [row.args for row in waiting] == [{"message_id": 1}]


def test_without_an_assistant_the_team_is_asked(house: House) -> None:
    account = connect(
        house,
        "telegram",
        "telegram-jp",
        unit_id=house.other_unit_id,
        secrets={"token": "43:x", "secret": "s3cret"},
    )
    tell(account, update(1))
    (line,) = conversations_of(house, house.other_unit_id)
    assert (line.assignee, line.reason) == ("team", "no_assistant")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (update(1, chat={"id": -7, "type": "supergroup"}), "group"),
        (update(1, chat={"id": -8, "type": "channel"}), "channel"),
        (update(1, sender={"id": 5, "is_bot": True}), "bot"),
        (update(1, sender_chat={"id": -8}), "bot"),
        ({"update_id": 1, "business_message": update(1)["message"]}, "business"),
    ],
)
def test_groups_channels_and_bots_are_stored_but_not_answered(
    house: House, telegram: ChannelAccount, payload: dict[str, Any], reason: str
) -> None:
    tell(telegram, payload)
    assert conversations_of(house) == []
    assert reasons(house) == [("message", "done", reason)]


@pytest.mark.parametrize(
    ("given", "shown", "text"),
    [
        ({"photo": [{"file_id": "f"}], "caption": "Broken"}, "image", "Broken"),
        ({"voice": {"file_id": "f"}}, "voice", ""),
        ({"document": {"file_id": "f", "file_name": "a.pdf"}}, "document", ""),
        ({"sticker": {"file_id": "f", "emoji": "🤣"}}, "sticker", "🤣"),
        ({"location": {"latitude": 1.5, "longitude": 2}}, "location", "1.5, 2"),
        ({"poll": {"question": "Tea?"}}, "poll", "Tea?"),
        ({"shiny_new_thing": {}}, "unsupported", "shiny_new_thing"),
    ],
)
def test_what_is_no_text_is_shown_as_what_it_is(
    house: House, telegram: ChannelAccount, given: dict[str, Any], shown: str, text: str
) -> None:
    tell(telegram, update(1, None, **given))
    (found,) = thread(house)
    assert (found.content_type, found.text) == (shown, text)
    assert [item["id"] for item in found.attachments] == (["f"] if "file_id" in str(given) else [])


def test_an_own_phone_number_shared_on_telegram_is_kept(
    house: House, telegram: ChannelAccount
) -> None:
    mine = {"phone_number": "4915550000001", "first_name": "Mia", "user_id": 5}
    tell(telegram, update(1, None, contact=mine))
    assert profile(house)["phone"] == "+4915550000001"
    other = {"phone_number": "4915550000002", "first_name": "Bo", "user_id": 6}
    tell(telegram, update(2, None, contact=other))
    assert profile(house)["phone"] == "+4915550000001"


def test_an_own_contact_without_a_number_is_a_message_like_any_other(
    house: House, telegram: ChannelAccount
) -> None:
    tell(telegram, update(1, None, contact={"first_name": "Mia", "user_id": 5}))
    assert [found.content_type for found in thread(house)] == ["contacts"]


def test_pressing_a_button_is_saying_it(house: House, telegram: ChannelAccount) -> None:
    query = {"id": "9", "from": {"id": 5, "first_name": "Mia"}, "data": "track"}
    tell(telegram, {"update_id": 1, "callback_query": query})
    (found,) = thread(house)
    assert (found.content_type, found.text) == ("button", "track")


def test_an_edit_shows_and_the_earlier_text_is_marked(
    house: House, telegram: ChannelAccount
) -> None:
    edited = {"update_id": 2, "edited_message": update(1, "Hello there")["message"]}
    tell(telegram, update(1), edited)
    (found,) = thread(house)
    assert (found.text, found.edited) == ("Hello there", True)


def test_edits_and_deletions_wait_for_their_message(house: House, whatsapp: ChannelAccount) -> None:
    inner = {"type": "text", "text": {"body": "Better"}}
    edit = message("e", type="edit", edit={"original_message_id": "m1", "message": inner})
    revoke = message("r", type="revoke", revoke={"original_message_id": "m2"})
    report(whatsapp, change(edit), change(revoke))
    assert [state for _, state, _ in reasons(house)] == ["waiting", "waiting"]
    report(whatsapp, change(message("m1", "Good")), change(message("m2", "Oops")))
    first, second = thread(house)
    assert (first.text, first.edited) == ("Better", True)
    assert (second.text, second.deleted) == ("", True)
    assert {state for _, state, _ in reasons(house)} == {"done"}


def test_a_reaction_is_no_question(house: House, telegram: ChannelAccount) -> None:
    reaction = {
        "message_id": 1,
        "chat": {"id": 5, "type": "private"},
        "user": {"id": 5},
        "new_reaction": [{"type": "emoji", "emoji": "👍"}],
    }
    tell(telegram, update(1), {"update_id": 2, "message_reaction": reaction})
    assert said(house) == ["Hello"]


def test_fifty_shuffled_messages_of_five_people_are_five_orderly_conversations(
    house: House, whatsapp: ChannelAccount
) -> None:
    expected = sorted(f"{user}.{n}" for user in range(10, 15) for n in range(10))
    bodies = [
        webhook(
            change(
                *[
                    message(f"w.{user}.{n}", f"{user}.{n}", user=f"49155500000{user}")
                    for n in range(start, start + 2)
                ]
            )
        )
        for user in range(10, 15)
        for start in range(0, 10, 2)
    ]
    order = random.Random(3)
    for body in sorted(bodies * 2, key=lambda _: order.random()):
        inbox.accept(whatsapp.endpoint_key, signed(body), body)
    run_all()
    assert len(conversations_of(house)) == 5
    assert sorted(said(house)) == expected


def test_a_person_without_a_number_is_known_by_the_business_id_and_then_by_both(
    house: House, whatsapp: ChannelAccount
) -> None:
    nameless = message("m1", "One")
    del nameless["from"]
    report(whatsapp, change(nameless, contacts=[contact(None, BSUID)]))
    assert profile(house) == {"name": "Mia Quist", "channel.bsuid": BSUID}
    report(whatsapp, change(message("m2", "Two"), contacts=[contact(bsuid=BSUID)]))
    report(whatsapp, change(message("m3", "Three")))
    assert said(house) == ["One", "Two", "Three"]
    assert len(conversations_of(house)) == 1
    assert profile(house)["phone"] == f"+{PERSON}"
    assert profile(house)["channel.wa_id"] == PERSON


def test_a_new_number_or_id_keeps_the_conversation(house: House, whatsapp: ChannelAccount) -> None:
    report(whatsapp, change(message("m1", "One"), contacts=[contact(bsuid=BSUID)]))
    system = {"type": "user_changed_number", "wa_id": "4915550000002", "body": "changed"}
    report(whatsapp, change(message("s", type="system", system=system)))
    new = {"previous": BSUID, "current": "DE.2"}
    moved = {"wa_id": PERSON, "user_id": new, "timestamp": "1760000000"}
    report(whatsapp, change(field="user_id_update", user_id_update=[moved]))
    report(whatsapp, change(message("m2", "Two", user="4915550000002")))
    nameless = message("m3", "Three")
    del nameless["from"]
    report(whatsapp, change(nameless, contacts=[contact(None, "DE.2")]))
    assert said(house) == ["One", "Two", "Three"]
    assert len(conversations_of(house)) == 1
    assert profile(house)["phone"] == "+4915550000002"


def test_an_answer_in_the_native_app_silences_the_assistant(
    house: House, whatsapp: ChannelAccount
) -> None:
    report(whatsapp, change(message("m1")))
    echo = {
        "from": "15550100000",
        "to": PERSON,
        "id": "wamid.echo",
        "timestamp": "1760000001",
        "type": "text",
        "text": {"body": "This is Bo from the shop"},
    }
    for _ in range(2):
        report(whatsapp, change(field="smb_message_echoes", message_echoes=[echo]))
    (line,) = conversations_of(house)
    assert (line.assignee, line.reason) == ("team", "native_app")
    texts = [found.text for found in thread(house) if found.content_type == "text"]
    assert texts == ["Hello", "This is Bo from the shop"]


def test_a_customers_next_message_after_closing_opens_a_new_conversation(
    house: House, telegram: ChannelAccount
) -> None:
    tell(telegram, update(1))
    with open_session(house.scope) as session:
        conversations.close(session, people.system(house.unit_id), 1)
    tell(telegram, update(2))
    assert [line.id for line in conversations_of(house)] == [1, 2]


def test_a_platforms_clock_ahead_of_ours_is_not_believed(
    house: House, telegram: ChannelAccount
) -> None:
    tell(telegram, update(1, date=32_000_000_000), update(2, date=-5), update(3, date="soon"))
    assert len(thread(house)) == 3
    assert all(found.at.year < 2100 for found in thread(house))


def test_odd_characters_are_kept_in_a_form_every_database_takes(
    house: House, telegram: ChannelAccount
) -> None:
    odd = "a\ud83d\x00b 👨‍👩‍👧 \u202egpj"
    tell(telegram, update(1, odd, sender={"id": 5, "first_name": "\ud83d\x00Mia"}))
    assert said(house) == ["a\ufffdb 👨‍👩‍👧 \u202egpj"]


@pytest.mark.parametrize("place", ["webhook:stored", "receive:parsed", "receive:appended"])
def test_a_crash_on_the_way_in_loses_and_doubles_nothing(
    house: House, telegram: ChannelAccount, place: str
) -> None:
    failpoints.arm(place, crash)
    with pytest.raises(Crash):
        inbox.accept(telegram.endpoint_key, SECRET, encode(update(1)))
        run_all()
    failpoints.disarm()
    lapse()
    inbox.accept(telegram.endpoint_key, SECRET, encode(update(1)))  # the platform tries again
    run_all()
    assert said(house) == ["Hello"]
    assert reasons(house) == [("message", "done", None)]


def test_delivery_reports_in_any_order_end_at_the_furthest(
    house: House, whatsapp: ChannelAccount
) -> None:
    report(whatsapp, change(message("m1")))
    with open_session(house.scope) as session:
        conversation = messages.locked(session, 1)
        sent = messages.queue(session, conversation, people.system(house.unit_id), "Hi")
        ref = sent.ref
    for reached in ("read", "delivered", "sent", "failed"):
        told = status("wamid.out", reached, biz_opaque_callback_data=ref)
        body = webhook(change(statuses=[told]))
        inbox.accept(whatsapp.endpoint_key, signed(body), body)
    run_all(leave=("bot.answer", "connectors.deliver"))
    assert [found.status for found in thread(house)][-1] == "read"


def test_a_field_with_a_strange_name_is_stored_like_any_other(
    house: House, telegram: ChannelAccount
) -> None:
    tell(telegram, {"update_id": 1, "x\x00" + "y" * 90: {"a": 1}})
    assert reasons(house) == [("unknown", "done", "x" + "y" * 39)]


def test_reports_about_strangers_groups_and_calls_change_nothing(
    house: House, whatsapp: ChannelAccount
) -> None:
    group = status("wamid.g", "read", recipient_type="group")
    report(whatsapp, change(statuses=[status("wamid.z", "sent"), group]))
    report(whatsapp, change(field="calls", statuses=[{"id": "c", "status": "RINGING"}]))
    assert reasons(house) == [
        ("status", "done", "no_target"),
        ("status", "done", "group"),
        ("account_event", "done", "calls"),
    ]
