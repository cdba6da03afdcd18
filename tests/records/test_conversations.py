"""Replies, notes, bursts, takeovers and what reaches the ledger."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from access import Denied
from ledger import entries
from records import changes, contacts, conversations, deliveries, messages, transcripts, turns
from records.conversations import Reason
from records.messages import Incoming
from records.models import Message
from records.states import Outcome, Status
from runtime.database import engine, open_session
from runtime.errors import Conflict, NotFound
from runtime.scope import Scope


def _say(house, words: str, number: str = "1") -> tuple[int, int]:
    conversation = house.open()
    with open_session(house.scope) as session:
        message = messages.append_inbound(session, conversation, Incoming(number, words))
    return conversation, message


def _outcomes(house) -> list[str | None]:
    with open_session(house.scope) as session:
        return list(
            session.scalars(
                select(Message.outcome).where(Message.author == "contact").order_by(Message.id)
            )
        )


def test_a_burst_is_answered_once(house):
    _say(house, "hello", "1")
    _say(house, "I have a question", "2")
    conversation, last = _say(house, "how long can I return?", "3")
    with open_session(house.scope) as session:
        assert turns.begin(session, house.assistant, last - 2) is None
        turn = turns.begin(session, house.assistant, last)
        assert turn is not None
        assert turn.texts == ("hello", "I have a question", "how long can I return?")
        messages.reply(session, house.assistant, conversation, "30 days", answers=last)
    assert _outcomes(house) == [Outcome.JOINED, Outcome.JOINED, Outcome.ANSWERED]


def test_an_answer_in_flight_is_dropped_when_the_contact_writes_more(house):
    conversation, first = _say(house, "one", "1")
    with open_session(house.scope) as session:
        assert turns.begin(session, house.assistant, first) is not None
    _, second = _say(house, "two", "2")
    with pytest.raises(Conflict), open_session(house.scope) as session:
        messages.reply(session, house.assistant, conversation, "old", answers=first)
    with open_session(house.scope) as session:
        messages.reply(session, house.assistant, conversation, "new", answers=second)
    assert _outcomes(house) == [Outcome.JOINED, Outcome.ANSWERED]


def test_what_is_queued_is_withdrawn_when_a_person_takes_over(house):
    conversation, asked = _say(house, "one")
    with open_session(house.scope) as session:
        said = messages.reply(session, house.assistant, conversation, "an answer", answers=asked)
    with open_session(house.scope) as session:
        conversations.take_over(session, house.ana, conversation)
    with open_session(house.scope) as session:
        assert not deliveries.begin(session, said)
        assert session.scalar(select(Message.status).where(Message.id == said)) == "withdrawn"
    assert _outcomes(house) == [Outcome.HANDED_OVER]


def test_a_reply_needs_ownership(house):
    conversation, _ = _say(house, "one")
    with pytest.raises(Conflict, match="take the conv"), open_session(house.scope) as session:
        messages.reply(session, house.ana, conversation, "hi")
    with open_session(house.scope) as session:
        conversations.take_over(session, house.ana, conversation)
    with pytest.raises(Conflict, match="colleague"), open_session(house.scope) as session:
        messages.reply(session, house.ben, conversation, "hi")
    with pytest.raises(Conflict), open_session(house.scope) as session:
        conversations.take_over(session, house.ben, conversation)


def test_a_second_sender_learns_of_the_first(house):
    conversation, asked = _say(house, "one")
    with open_session(house.scope) as session:
        conversations.take_over(session, house.ana, conversation)
        messages.reply(session, house.ana, conversation, "from ana")
        conversations.assign(session, house.ana, conversation, user_id=house.ben.number)
    with pytest.raises(Conflict, match="replied meanwhile"), open_session(house.scope) as session:
        messages.reply(session, house.ben, conversation, "from ben", seen=asked)


def test_management_may_not_read_what_was_said(house):
    conversation, _ = _say(house, "one")
    with pytest.raises(Denied), open_session(house.scope) as session:
        transcripts.thread(session, house.boss, conversation)


def test_the_thread_tells_authors_apart_and_is_read_into_the_ledger(house):
    conversation, _ = _say(house, "one")
    with open_session(house.scope) as session:
        conversations.hand_over(
            session, house.assistant, conversation, Reason.WANTS_PERSON, notice="wait"
        )
        conversations.take_over(session, house.ana, conversation)
        messages.note(session, house.ana, conversation, "knows us well")
        messages.reply(session, house.ana, conversation, "here I am")
    with open_session(house.scope) as session:
        thread = transcripts.thread(session, house.ana, conversation)
    kinds = [(m.author, m.content_type) for m in thread.messages]
    assert kinds == [
        ("contact", "text"),
        ("assistant", "text"),
        ("system", "event"),
        ("system", "event"),
        ("user", "note"),
        ("user", "text"),
    ]
    assert thread.line.reason == "wants_person"
    assert thread.messages[0].author_name == "Nora Field"
    with open_session(house.scope) as session:
        read = entries.of_units(
            session, [house.unit], actor=house.ana.id, action="conversation:read"
        )
    assert [entry.subject for entry in read] == [f"conversation/{conversation}"]


def test_the_contact_sees_what_was_sent_and_nothing_else(house):
    conversation, asked = _say(house, "one")
    with open_session(house.scope) as session:
        said = messages.reply(session, house.assistant, conversation, "answer", answers=asked)
        messages.note(session, house.ana, conversation, "a note")
    with open_session(house.scope) as session:
        assert [m.text for m in transcripts.contacts_view(session, conversation)] == ["one"]
        deliveries.begin(session, said)
        deliveries.settle(session, said, Status.SENT, external_id="x1")
    _, later = _say(house, "two", "2")
    with open_session(house.scope) as session:
        seen = transcripts.contacts_view(session, conversation)
        assert [m.text for m in seen] == ["one", "answer", "two"]
        assert [m.seq for m in seen] == [1, 2, 3]
        assert [m.id for m in transcripts.contacts_view(session, conversation, after=2)] == [later]


def test_a_profile_shows_granted_fields_and_counts_the_rest(house):
    with open_session(house.scope) as session:
        contacts.observe(
            session,
            house.contact,
            {"email": "nora@field.example", "order.last": "A-17", "risk.note": "careful"},
            source="crm",
        )
    with open_session(house.scope) as session:
        service = contacts.read_profile(session, house.ana, house.contact)
        sales = contacts.read_profile(session, house.ben, house.contact)
    assert service.attributes == {"name": "Nora Field", "order.last": "A-17"}
    assert service.withheld == 3
    assert sales.attributes["email"] == "nora@field.example"
    assert sales.attributes["channel.telegram"] == "4711"
    assert "risk.note" not in sales.attributes
    with open_session(house.scope) as session:
        entry = entries.of_units(session, [house.unit], subject=f"contact/{house.contact}")[0]
    assert entry.detail["fields"] == [fact.name for fact in sales.facts]
    assert "nora@field.example" not in str(entry)


def test_a_display_name_never_replaces_a_known_name(house):
    from records import identities

    with open_session(house.scope) as session:
        identities.resolve(
            session,
            unit_id=house.unit,
            channel="telegram",
            addresses=[identities.Address("telegram", "4711")],
            name="xX_nora_Xx",
        )
        assert contacts.read_profile(session, house.ana, house.contact).attributes["name"] == (
            "Nora Field"
        )


def test_bodies_and_values_are_not_in_the_database_in_clear(house):
    _say(house, "my secret is 8f2e1c")
    with open_session(house.scope) as session:
        contacts.observe(session, house.contact, {"email": "nora@field.example"}, source="crm")
    with engine().connect() as connection:
        for table in ("message", "attribute", "identity", "contact"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608
            flat = repr(
                [tuple(bytes(c) if isinstance(c, memoryview) else c for c in row) for row in rows]
            )
            for value in ("8f2e1c", "nora@field", "Nora Field", "4711"):
                assert value not in flat, (table, value)


def test_reports_only_move_a_message_forward(house):
    conversation, asked = _say(house, "one")
    with open_session(house.scope) as session:
        said = messages.reply(session, house.assistant, conversation, "answer", answers=asked)
        deliveries.begin(session, said)
        deliveries.settle(session, said, Status.SENT, external_id="x1")
    with open_session(house.scope) as session:
        for status in (Status.READ, Status.DELIVERED, Status.FAILED, Status.SENT):
            assert deliveries.report(session, 1, status, external_id="x1")
        assert session.scalar(select(Message.status).where(Message.id == said)) == "read"
        assert not deliveries.report(session, 1, Status.READ, external_id="unknown")
        assert not deliveries.report(session, 2, Status.READ, external_id="x1")


def test_an_unknown_sending_is_resolved_by_our_own_reference(house):
    conversation, asked = _say(house, "one")
    with open_session(house.scope) as session:
        said = messages.reply(session, house.assistant, conversation, "answer", answers=asked)
        deliveries.begin(session, said)
        deliveries.settle(session, said, Status.UNKNOWN, error="unknown")
        ref = deliveries.outgoing(session, said).ref
    with open_session(house.scope) as session:
        assert deliveries.report(session, 1, Status.SENT, external_id="w1", ref=ref)
        assert session.scalar(select(Message.status).where(Message.id == said)) == "sent"


def test_an_edited_message_shows_the_new_text_and_a_deleted_one_none(house):
    conversation, asked = _say(house, "tomorow")
    with open_session(house.scope) as session:
        assert changes.edit(session, 1, "1", "tomorrow")
        assert not changes.edit(session, 1, "missing", "x")
    with open_session(house.scope) as session:
        shown = transcripts.thread(session, house.ana, conversation).messages[0]
        assert (shown.text, shown.edited) == ("tomorrow", True)
        assert changes.delete(session, 1, "1")
    with open_session(house.scope) as session:
        shown = transcripts.thread(session, house.ana, conversation).messages[0]
        assert (shown.text, shown.deleted) == ("", True)
        turn = turns.begin(session, house.assistant, asked)
        assert turn is None or turn.text == ""


def test_another_unit_has_no_such_conversation(house):
    conversation, _ = _say(house, "one")
    for act in (
        lambda s: transcripts.thread(s, house.ana, conversation),
        lambda s: contacts.read_profile(s, house.ana, house.contact),
        lambda s: conversations.take_over(s, house.ana, conversation),
        lambda s: messages.note(s, house.ana, conversation, "x"),
    ):
        with pytest.raises(NotFound), open_session(Scope.of(99)) as session:
            act(session)


def test_a_person_in_the_native_app_silences_the_assistant(house):
    from runtime.database import now

    conversation, asked = _say(house, "one")
    with open_session(house.scope) as session:
        conversations.person_spoke_elsewhere(
            session, conversation, "I am on it", external_id="e1", at=now()
        )
    with pytest.raises(Conflict), open_session(house.scope) as session:
        messages.reply(session, house.assistant, conversation, "answer", answers=asked)
    assert _outcomes(house) == [Outcome.HANDED_OVER]


def test_what_the_contact_took_back_before_it_was_read_is_not_answered(house):
    _say(house, "how much is it?", "1")
    _, last = _say(house, "never mind", "2")
    with open_session(house.scope) as session:
        assert changes.delete(session, house.place.account_id, "2")
        turn = turns.begin(session, house.assistant, last)
        assert turn is not None
        assert turn.text == "how much is it?"
    with open_session(house.scope) as session:
        assert changes.delete(session, house.place.account_id, "1")
        assert turns.begin(session, house.assistant, last) is None
    assert _outcomes(house) == [Outcome.JOINED, Outcome.JOINED]
