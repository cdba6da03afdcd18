"""The hand-off, driven through random interleavings of customer, assistant and two colleagues."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from records import conversations, deliveries, messages, turns
from records.conversations import Reason
from records.messages import Incoming
from records.models import Conversation, Message
from records.states import Assignee, Author, Outcome, Status
from runtime.database import now, open_session
from runtime.errors import AppError, Conflict
from tests.records.conftest import House

_HOUSE: list[House] = []
_NUMBERS = itertools.count(1)

WRITERS = st.sampled_from(["ana", "ben"])


class Handoff(RuleBasedStateMachine):
    """One contact's conversations; the assistant's turns may be at any point of their life."""

    @initialize()
    def begin(self) -> None:
        self.house = _HOUSE[0]
        self.asked: dict[int, bool] = {}
        self.in_flight: list[turns.Turn] = []
        self.waiting: list[int] = []
        self.queued: list[int] = []
        self.sending: list[int] = []
        self.sent: list[int] = []

    def _now(self) -> int:
        return self.house.open()

    def _who(self, name: str):
        return getattr(self.house, name)

    @rule(wants_person=st.booleans())
    def customer_writes(self, wants_person: bool) -> None:
        conversation = self._now()
        with open_session(self.house.scope) as session:
            message = messages.append_inbound(
                session, conversation, Incoming(f"m{next(_NUMBERS)}", "words")
            )
        assert message is not None
        self.asked[message] = wants_person
        self.waiting.append(message)

    @rule()
    def customer_is_delivered_twice(self) -> None:
        conversation = self._now()
        number = f"m{next(_NUMBERS)}"
        with open_session(self.house.scope) as session:
            first = messages.append_inbound(session, conversation, Incoming(number, "words"))
            again = messages.append_inbound(session, conversation, Incoming(number, "words"))
        assert again is None
        self.asked[first] = False
        self.waiting.append(first)

    @rule()
    def assistant_starts_to_think(self) -> None:
        if not self.waiting:
            return
        with open_session(self.house.scope) as session:
            turn = turns.begin(session, self.house.assistant, self.waiting.pop(0))
        if turn is not None:
            self.in_flight.append(turn)

    @rule()
    def assistant_has_thought(self) -> None:
        if not self.in_flight:
            return
        turn = self.in_flight.pop(0)
        with open_session(self.house.scope) as session:
            before = session.scalars(
                select(Conversation).where(Conversation.id == turn.conversation_id)
            ).one()
            allowed = before.assignee == Assignee.ASSISTANT and before.closed_at is None
        try:
            with open_session(self.house.scope) as session:
                if self.asked[turn.message_id]:
                    conversations.hand_over(
                        session,
                        self.house.assistant,
                        turn.conversation_id,
                        Reason.WANTS_PERSON,
                        notice="a colleague will answer",
                    )
                else:
                    said = messages.reply(
                        session,
                        self.house.assistant,
                        turn.conversation_id,
                        "an answer",
                        answers=turn.message_id,
                    )
                    self.queued.append(said)
            assert allowed
        except Conflict:
            return

    @rule()
    def channel_is_called(self) -> None:
        if not self.queued:
            return
        message = self.queued.pop(0)
        with open_session(self.house.scope) as session:
            leaves = deliveries.begin(session, message)
            out = deliveries.outgoing(session, message)
            owner = session.scalar(
                select(Conversation.assignee).where(Conversation.id == out.conversation_id)
            )
        if leaves:
            assert out.by_person or owner != Assignee.USER, "said while a person owned it"
            self.sending.append(message)

    @rule(status=st.sampled_from([Status.SENT, Status.QUEUED, Status.UNKNOWN, Status.FAILED]))
    def channel_has_answered(self, status: Status) -> None:
        """Whatever happened since it was called."""
        if not self.sending:
            return
        message = self.sending.pop(0)
        taken = status is Status.SENT
        with open_session(self.house.scope) as session:
            stands = deliveries.settle(
                session,
                message,
                status,
                external_id=f"o{message}" if taken else None,
                error=None if taken else "fault",
            )
            if status is Status.UNKNOWN:
                deliveries.show_to_people(session, message)
        if stands is Status.QUEUED:
            self.queued.insert(0, message)
        elif taken:
            self.sent.append(message)

    @rule(status=st.sampled_from([Status.DELIVERED, Status.READ, Status.FAILED]))
    def channel_reports(self, status: Status) -> None:
        if not self.sent:
            return
        with open_session(self.house.scope) as session:
            assert deliveries.report(
                session, 1, status, external_id=f"o{self.sent[-1]}", error="fault"
            )

    @rule()
    def customer_takes_something_back(self) -> None:
        if not self.asked:
            return
        last = max(self.asked)
        with open_session(self.house.scope) as session:
            row = session.scalars(select(Message).where(Message.id == last)).one()
            row.deleted = True

    @rule()
    def colleague_answers_in_the_native_app(self) -> None:
        conversation = self._now()
        with open_session(self.house.scope) as session:
            conversations.person_spoke_elsewhere(
                session, conversation, "hi", external_id=f"e{next(_NUMBERS)}", at=now()
            )

    @invariant()
    def what_the_contact_was_shown_is_counted_without_gaps(self) -> None:
        if not _HOUSE or not hasattr(self, "house"):
            return
        with open_session(self.house.scope) as session:
            for row in session.scalars(select(Conversation)):
                places = session.scalars(
                    select(Message.seq)
                    .where(Message.conversation_id == row.id, Message.seq.is_not(None))
                    .order_by(Message.seq)
                ).all()
                assert list(places) == list(range(1, row.seq + 1))

    @rule(name=WRITERS)
    def colleague_takes_over(self, name: str) -> None:
        self._try(lambda session: conversations.take_over(session, self._who(name), self._now_in()))

    @rule(name=WRITERS)
    def colleague_replies(self, name: str) -> None:
        def act(session) -> None:
            said = messages.reply(session, self._who(name), self._now_in(), "a person writes")
            self.queued.append(said)

        self._try(act)

    @rule(name=WRITERS)
    def colleague_hands_back(self, name: str) -> None:
        self._try(lambda session: conversations.hand_back(session, self._who(name), self._now_in()))

    @rule(name=WRITERS, to=st.sampled_from(["ana", "ben", None]))
    def colleague_assigns(self, name: str, to: str | None) -> None:
        user = self._who(to).number if to else None
        self._try(
            lambda session: conversations.assign(
                session, self._who(name), self._now_in(), user_id=user
            )
        )

    @rule(name=WRITERS)
    def colleague_closes(self, name: str) -> None:
        self._try(lambda session: conversations.close(session, self._who(name), self._now_in()))

    def _now_in(self) -> int:
        return self._current

    def _try(self, act) -> None:
        self._current = self._now()
        try:
            with open_session(self.house.scope) as session:
                act(session)
        except AppError:
            return

    @invariant()
    def people_own_what_has_an_outcome_of_people(self) -> None:
        if not _HOUSE or not hasattr(self, "house"):
            return
        with open_session(self.house.scope) as session:
            for row in session.scalars(select(Message).where(Message.author == Author.CONTACT)):
                owner = session.scalar(
                    select(Conversation.assignee).where(Conversation.id == row.conversation_id)
                )
                closed = session.scalar(
                    select(Conversation.closed_at).where(Conversation.id == row.conversation_id)
                )
                if row.outcome is None:
                    assert owner == Assignee.ASSISTANT, "a message waits although people own it"
                    assert closed is None

    def teardown(self) -> None:
        if not hasattr(self, "house"):
            return
        while self.waiting or self.in_flight:
            self.assistant_starts_to_think()
            self.assistant_has_thought()
        with open_session(self.house.scope) as session:
            contacts = session.scalars(
                select(Message).where(Message.author == Author.CONTACT)
            ).all()
            answers = session.scalars(
                select(Message.answers).where(Message.answers.is_not(None))
            ).all()
            for row in contacts:
                assert row.outcome in set(Outcome), "an accepted message ended in nothing"
                asked = self.asked.get(row.id, False)
                assert not (asked and row.outcome == Outcome.ANSWERED)
            assert len(answers) == len(set(answers))


@pytest.fixture
def driven(house: House):
    _HOUSE[:] = [house]
    yield
    _HOUSE.clear()


def test_random_interleavings_hold_the_promises(driven):
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Handoff,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("state", ["assistant", "team", "user", "handed back", "closed"])
def test_a_request_for_a_person_reaches_the_team_within_one_turn(house, state):
    conversation = house.open()
    with open_session(house.scope) as session:
        if state != "assistant":
            conversations.hand_over(session, house.assistant, conversation, Reason.NO_ANSWER)
        if state in ("user", "handed back", "closed"):
            conversations.take_over(session, house.ana, conversation)
        if state == "handed back":
            conversations.hand_back(session, house.ana, conversation)
        if state == "closed":
            conversations.close(session, house.ana, conversation)
    conversation = house.open()
    with open_session(house.scope) as session:
        message = messages.append_inbound(session, conversation, Incoming("1", "a person please"))
        turn = turns.begin(session, house.assistant, message)
        if turn is not None:
            conversations.hand_over(
                session, house.assistant, conversation, Reason.WANTS_PERSON, notice="yes"
            )
    with open_session(house.scope) as session:
        owner = session.scalar(select(Conversation.assignee).where(Conversation.id == conversation))
        outcome = session.scalar(select(Message.outcome).where(Message.id == message))
    assert owner in (Assignee.TEAM, Assignee.USER)
    assert outcome == Outcome.HANDED_OVER
