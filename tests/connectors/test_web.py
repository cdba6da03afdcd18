"""A visitor of the widget is one person with one conversation, and nobody else's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine

from access import people
from connectors import web as widget
from connectors.channel import ChannelAccount
from records import conversations, transcripts
from runtime.database import now, open_session
from runtime.errors import BadInput, NotSignedIn, TooMany
from tests.connectors.conftest import House, answer, connect, conversations_of, line, run_all, said


def visit(account: ChannelAccount) -> str:
    return widget.visitor_of(account, widget.start(account))


def test_a_visitor_comes_back_with_the_token_and_is_the_same(web: ChannelAccount) -> None:
    token = widget.start(web)
    again = widget.start(web, token)
    assert widget.visitor_of(web, again) == widget.visitor_of(web, token)


@pytest.mark.parametrize("token", ["", "x", "a.1.b", "é.9999999999.0", "abc.99999999999.00"])
def test_a_made_up_token_is_refused(web: ChannelAccount, token: str) -> None:
    with pytest.raises(NotSignedIn):
        widget.visitor_of(web, token)
    assert widget.visitor_of(web, widget.start(web, token))


def test_a_token_opens_one_account_for_a_year(house: House, web: ChannelAccount) -> None:
    token = widget.start(web)
    other = connect(house, "web", "web-two")
    with pytest.raises(NotSignedIn):
        widget.visitor_of(other, token)
    visitor, until, mac = token.split(".")
    with pytest.raises(NotSignedIn):
        widget.visitor_of(web, f"{visitor}.{int(until) + 1}.{mac}")
    with pytest.raises(NotSignedIn):
        widget.visitor_of(web, f"{'0' * 32}.{until}.{mac}")
    with time_machine.travel(now().timestamp() + 366 * 86_400), pytest.raises(NotSignedIn):
        widget.visitor_of(web, token)


def test_what_is_said_twice_under_one_client_id_is_said_once(
    house: House, web: ChannelAccount
) -> None:
    visitor = visit(web)
    assert widget.conversation_of(web, visitor) is None
    first = widget.say(web, visitor, "c-1", "Hello")
    assert widget.say(web, visitor, "c-1", "Hello") == first
    widget.say(web, visitor, "c-2", "Hello")
    assert said(house) == ["Hello", "Hello"]
    assert widget.conversation_of(web, visitor) == first


def test_many_tabs_that_speak_at_once_are_one_conversation(
    house: House, web: ChannelAccount
) -> None:
    visitor = visit(web)
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda n: widget.say(web, visitor, f"c-{n // 2}", f"{n // 2}"), range(16))
    assert len(set(found)) == 1
    assert sorted(said(house)) == [str(n) for n in range(8)]


def test_two_visitors_with_the_same_client_ids_never_meet(
    house: House, web: ChannelAccount
) -> None:
    one, two = visit(web), visit(web)
    assert widget.say(web, one, "c-1", "A") != widget.say(web, two, "c-1", "B")
    assert sorted(said(house)) == ["A", "B"]


def test_an_answer_is_there_once_it_is_visible_and_read_once_it_was_seen(
    house: House, web: ChannelAccount
) -> None:
    visitor = visit(web)
    conversation = widget.say(web, visitor, "c-1", "Hello")
    sent = answer(house, "Good day", conversation)
    assert line(house, sent).status == "queued"
    run_all()
    assert line(house, sent).status == "sent"
    with open_session(house.scope, read_only=True) as session:
        shown = transcripts.contacts_view(session, conversation)
    assert [(item.seq, item.text, item.client_id) for item in shown] == [
        (1, "Hello", "c-1"),
        (2, "Good day", None),
    ]
    widget.mark_read(web, visit(web), sent)
    assert line(house, sent).status == "sent"
    widget.mark_read(web, visitor, sent)
    assert line(house, sent).status == "read"


def test_a_closed_conversation_is_still_the_visitors_until_the_next_word(
    house: House, web: ChannelAccount
) -> None:
    visitor = visit(web)
    first = widget.say(web, visitor, "c-1", "Hello")
    with open_session(house.scope) as session:
        conversations.close(session, people.system(house.unit_id), first)
    assert widget.conversation_of(web, visitor) == first
    second = widget.say(web, visitor, "c-2", "Me again")
    assert second != first
    assert widget.conversation_of(web, visitor) == second
    assert [found.contact_id for found in conversations_of(house)] == [1, 1]


@pytest.mark.parametrize(
    ("client_id", "text", "field"),
    [
        ("", "x", "client_id"),
        ("a b", "x", "client_id"),
        ("c" * 65, "x", "client_id"),
        ("c", " \n", "text"),
        ("c", "x" * 5_001, "text"),
    ],
)
def test_what_cannot_be_said_names_the_field(
    web: ChannelAccount, client_id: str, text: str, field: str
) -> None:
    with pytest.raises(BadInput, match=f"^{field}:"):
        widget.say(web, visit(web), client_id, text)


def test_more_than_twenty_messages_a_minute_are_too_many(house: House, web: ChannelAccount) -> None:
    visitor = visit(web)
    for number in range(20):
        widget.say(web, visitor, f"c-{number}", "Hello")
    with pytest.raises(TooMany):
        widget.say(web, visitor, "c-20", "Hello")
    assert len(said(house)) == 20
    widget.say(web, visit(web), "c-1", "Hello")


def test_one_source_cannot_flood_under_many_names(web: ChannelAccount) -> None:
    visitors = [visit(web) for _ in range(4)]
    with pytest.raises(TooMany):
        for number in range(20):
            for visitor in visitors:
                widget.say(web, visitor, f"c-{number}", "Hello", source="192.0.2.7")
    with pytest.raises(TooMany):
        for _ in range(61):
            widget.start(web, source="192.0.2.8")
