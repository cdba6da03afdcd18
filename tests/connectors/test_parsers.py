"""Whatever a platform sends, a parser answers with events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import telegram, whatsapp
from connectors.channel import Handle, InboundEvent, Kind, from_json, to_json
from tests.connectors.samples import (
    BSUID,
    NUMBER,
    PERSON,
    change,
    contact,
    encode,
    message,
    status,
    update,
    webhook,
)

WORDS = st.sampled_from(
    """
    update_id message edited_message callback_query message_reaction my_chat_member chat from id
    type text photo file_id date entry changes value field messages statuses message_echoes
    metadata phone_number_id contacts wa_id user_id profile name timestamp body interactive image
    edit revoke reaction system original_message_id message_id status errors code private group
    """.split()  # noqa: SIM905 - a list of words reads better
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=25,
)


def every(body: bytes) -> list[InboundEvent]:
    return [*telegram.parse(body, {}), *whatsapp.parse(body, {})]


@given(JSON)
def test_no_json_makes_a_parser_raise(payload: Any) -> None:
    for event in every(json.dumps(payload).encode()):
        assert from_json(to_json(event)) == event
        to_json(event).encode()


@given(st.dictionaries(WORDS, JSON, max_size=6))
def test_no_message_costs_the_one_after_it(strange: dict[str, Any]) -> None:
    body = webhook(change(strange, message("wamid.good", "I must arrive")))
    events = whatsapp.parse(body, {})
    assert [event.platform_id for event in events][-1] == "wamid.good"
    telegram.parse(encode({"update_id": 1, "message": strange}), {})


@given(st.binary(max_size=60))
def test_no_bytes_make_a_parser_raise(body: bytes) -> None:
    every(body)


@given(st.integers(0, 400))
def test_a_body_cut_short_gives_nothing(end: int) -> None:
    body = encode(update(1))
    assert telegram.parse(body[: min(end, len(body) - 1)], {}) == []


def one(payload: dict[str, Any]) -> InboundEvent:
    (event,) = telegram.parse(encode(payload), {})
    return event


def only(*arguments: Any, **more: Any) -> InboundEvent:
    (event,) = whatsapp.parse(webhook(change(*arguments, **more)), {})
    return event


def test_a_telegram_message_says_who_wrote_what_where_and_when() -> None:
    event = one(update(7, "Where is my parcel?"))
    assert (event.kind, event.dedup_key, event.platform_id) == (Kind.MESSAGE, "7", "5:7")
    assert event.sender is not None
    assert event.sender.identities == (Handle("telegram", "5"),)
    assert event.sender.display_name == "Mia Q"
    assert event.content is not None
    assert event.content.text == "Where is my parcel?"
    assert event.occurred_at is not None
    assert event.occurred_at.timestamp() == 1_760_000_007


@pytest.mark.parametrize(
    ("given", "kind", "text", "media"),
    [
        (
            {"photo": [{"file_id": "s", "width": 9}, {"file_id": "l", "width": 90}]},
            "photo",
            "",
            "l",
        ),
        ({"document": {"file_id": "d"}, "caption": "Bill"}, "document", "Bill", "d"),
        ({"animation": {"file_id": "a"}, "document": {"file_id": "d"}}, "animation", "", "a"),
        ({"voice": {"file_id": "v"}}, "voice", "", "v"),
        ({"location": {"latitude": 1.5, "longitude": 2}}, "location", "", None),
        ({"venue": {"location": {}}, "location": {"latitude": 1}}, "venue", "", None),
        ({"poll": {"question": "Tea?"}}, "poll", "", None),
        ({"shiny_new_thing": {"x": 1}}, "unsupported", "", None),
    ],
)
def test_every_content_of_telegram_is_named(
    given: dict[str, Any], kind: str, text: str, media: str | None
) -> None:
    content = one(update(1, None, **given)).content
    assert content is not None
    assert (content.type, content.text) == (kind, text)
    assert [item.id for item in content.media] == ([media] if media else [])


def test_a_telegram_service_message_is_nobodys_words() -> None:
    event = one(update(1, None, pinned_message={"message_id": 4}))
    assert (event.kind, event.content) == (Kind.SYSTEM, None)


def test_only_the_senders_own_contact_counts_as_the_senders_phone() -> None:
    def payload(user: int) -> dict[str, str]:
        shared = {"phone_number": "4915550000001", "first_name": "Mia", "user_id": user}
        content = one(update(1, None, contact=shared)).content
        assert content is not None
        return content.payload

    assert payload(5)["own"] == "yes"
    assert "own" not in payload(6)


def test_kinds_newer_than_this_version_are_unknown_and_nothing_more() -> None:
    assert one({"update_id": 3, "telepathy": {"x": 1}}).kind is Kind.UNKNOWN
    assert one({"update_id": 3}).kind is Kind.UNKNOWN
    assert one({"update_id": 3, "message": None}).kind is Kind.UNPARSED


def test_a_whatsapp_batch_keeps_its_order_over_entries_and_changes() -> None:
    body = webhook(change(message("a"), message("b")), change(message("c")))
    assert [event.platform_id for event in whatsapp.parse(body, {})] == ["a", "b", "c"]


def test_a_sender_has_every_address_the_webhook_gives_the_lasting_one_first() -> None:
    both = only(message("m"), contacts=[contact(bsuid=BSUID)])
    assert both.sender is not None
    assert both.sender.identities == (Handle("bsuid", BSUID), Handle("wa_id", PERSON))
    nameless = message("m")
    del nameless["from"]
    hidden = only(nameless, contacts=[contact(None, BSUID)])
    assert hidden.sender is not None
    assert hidden.sender.identities == (Handle("bsuid", BSUID),)
    swapped = only(message("m", user=BSUID), contacts=[contact(None, BSUID)])
    assert swapped.sender is not None
    assert swapped.sender.identities == (Handle("bsuid", BSUID),)


def test_somebody_elses_contact_entry_says_nothing_about_the_sender() -> None:
    event = only(message("m"), contacts=[contact("4915550000099", BSUID)])
    assert event.sender is not None
    assert event.sender.identities == (Handle("wa_id", PERSON),)
    assert event.sender.display_name == ""


def test_seconds_and_milliseconds_are_both_times() -> None:
    first = only(message("m"))
    second = only(message("m") | {"timestamp": 1_760_000_000_000})
    assert first.occurred_at == second.occurred_at
    for odd in (-5, "soon", None, 10**30, True, 1.5):
        assert only(message("m") | {"timestamp": odd}).occurred_at is None


def test_what_a_flow_answers_may_be_no_json() -> None:
    reply = {"type": "nfm_reply", "nfm_reply": {"body": "Sent", "response_json": "{oops"}}
    event = only(message("m", type="interactive", interactive=reply))
    assert event.content is not None
    assert (event.content.type, event.content.text) == ("nfm_reply", "Sent")


def test_a_status_says_which_message_how_far_and_why_not() -> None:
    failed = status("wamid.x", "failed", errors=[{"code": 131047}], biz_opaque_callback_data="r")
    (event,) = whatsapp.parse(webhook(change(statuses=[failed])), {})
    assert event.kind is Kind.STATUS
    assert event.ref_platform_ids == ("wamid.x",)
    assert event.account_id == NUMBER
    assert (event.detail["error"], event.detail["tracker"]) == ("window_closed", "r")


def test_a_group_message_is_told_from_a_private_one() -> None:
    event = only(message("m") | {"group_id": "120363@g.us"})
    assert event.chat is not None
    assert event.chat.type == "group"


def test_a_media_address_is_not_kept() -> None:
    image = {"id": "9", "mime_type": "image/png", "url": "http://169.254.169.254/latest"}
    event = only(message("m", type="image", image=image))
    assert "169.254" not in to_json(event)


def test_an_update_without_a_usable_number_is_kept_for_people() -> None:
    from connectors import telegram
    from connectors.channel import Kind

    (event,) = telegram.parse(b'{"update_id": null, "message": "no object"}', {})
    assert event.kind is Kind.UNPARSED
