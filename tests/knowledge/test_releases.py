"""Releases, driven through random orders of what three people may do to them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select

from access import Grant, Permission, Principal, Role
from knowledge import documents, index, ingest, proposals, releases, retrieval
from knowledge.models import Document, Release, Unit
from knowledge.proposals import ReleaseView, served_by
from knowledge.states import ReleaseState
from ledger.entries import of_units
from runtime.database import open_session
from runtime.errors import BadInput, Conflict, NotAllowed, NotFound
from runtime.scope import Scope

Served = dict[int, int]
"""Document to version, as a release serves them."""
Answers = tuple[tuple[tuple[int, str, float], ...], ...]

_UNITS = itertools.count(1_000)
ROLE = Role(
    "editor",
    tuple(
        Grant(permission)
        for permission in (
            Permission.KNOWLEDGE_READ,
            Permission.KNOWLEDGE_WRITE,
            Permission.KNOWLEDGE_RELEASE,
        )
    ),
)
WHO = st.sampled_from([1, 2, 3])
PAGES = st.sampled_from(["returns", "shipping"])
QUESTIONS = ("How long can I return an item?", "What does shipping cost?")
REASON = "agreed with the management"


@dataclass
class Proposed:
    """What the model knows of a release that somebody proposed."""

    author: str
    writers: dict[int, str]
    base: int
    changes: dict[int, int | None]
    state: str = "checking"


@dataclass
class Model:
    """What every number serves, and who may do what."""

    live: int = 0
    newest: int = 0
    canary: int | None = None
    sets: dict[int, Served] = field(default_factory=lambda: {0: {}})
    been_live: list[int] = field(default_factory=list)
    answers: dict[int, Answers] = field(default_factory=dict)
    proposals: dict[int, Proposed] = field(default_factory=dict)
    number_of: dict[int, int] = field(default_factory=dict)

    def forget(self, document: int) -> None:
        """A document that was deleted is in no release any more, also not in one to come."""
        for served in self.sets.values():
            served.pop(document, None)
        for known in self.proposals.values():
            known.changes.pop(document, None)
            known.writers.pop(document, None)
        self.answers.clear()

    def applied(self, base: int, changes: dict[int, int | None]) -> Served:
        made = dict(self.sets[base])
        for document, version in changes.items():
            made.pop(document, None)
            if version is not None:
                made[document] = version
        return made


class Releases(RuleBasedStateMachine):
    """One unit, two pages, three people."""

    @initialize()
    def begin(self) -> None:
        self.unit = next(_UNITS)
        self.scope = Scope.of(self.unit)
        self.model = Model()
        self.texts = itertools.count(1)

    def who(self, number: int) -> Principal:
        return Principal(f"user/{number}", "user", ROLE, frozenset({self.unit}))

    @rule(page=PAGES, who=WHO)
    def writes(self, page: str, who: int) -> None:
        days = next(self.texts)
        ingest.ingest_text(
            self.unit,
            source="pages",
            name=f"{page}.md",
            title=page.title(),
            text=f"# {page.title()}\n\nFor {page} we say {days} days, and it costs EUR {days}.50.",
            language="en",
            principal=self.who(who),
        )

    @rule(page=PAGES)
    def removes(self, page: str) -> None:
        with open_session(self.scope) as session:
            row = session.scalar(select(Document).where(Document.name == f"{page}.md"))
            if row is not None:
                documents.remove(session, row)
        if row is not None and self._document(page) is None:  # it was never served
            self.model.forget(row.id)

    @rule(who=WHO)
    def proposes(self, who: int) -> None:
        self._proposed(who)

    def _proposed(self, who: int) -> int | None:
        with open_session(self.scope) as session:
            changed = proposals.changed(session, self.unit)
            if not changed:
                with pytest.raises(BadInput):
                    proposals.propose(session, self.who(who), self.unit, note="nothing")
                return None
            changes = {document.id: after.id if after else None for document, _, after in changed}
            writers = {document.id: after.author for document, _, after in changed if after}
            made = proposals.propose(session, self.who(who), self.unit, note="a change")
        self.model.proposals[made.id] = Proposed(made.author, writers, self.model.live, changes)
        return made.id

    @rule(page=PAGES, gone=st.booleans(), share=st.sampled_from([None, 20]))
    def a_change_is_made_and_let_out(self, page: str, gone: bool, share: int | None) -> None:
        """The whole way at once, so that what follows meets releases."""
        if gone:
            self.removes(page)
        else:
            self.writes(page, 1)
        chosen = self._proposed(1)
        if chosen is not None:
            self._rehearsed(chosen, passed=True)
            self._approved(chosen, 2, share, override=False)

    @precondition(lambda self: self.model.proposals)
    @rule(data=st.data(), passed=st.booleans())
    def is_rehearsed(self, data: st.DataObject, passed: bool) -> None:
        self._rehearsed(self._one(data)[0], passed=passed)

    def _rehearsed(self, chosen: int, *, passed: bool) -> None:
        known = self.model.proposals[chosen]
        with open_session(self.scope) as session:
            proposals.conclude(session, chosen, {"blocking": []}, passed=passed)
        if known.state == "checking":
            known.state = "passed" if passed else "failed"

    @precondition(lambda self: self.model.proposals)
    @rule(data=st.data(), who=WHO)
    def is_rehearsed_again(self, data: st.DataObject, who: int) -> None:
        chosen, known = self._one(data)
        with open_session(self.scope) as session:
            if known.state not in ("passed", "failed"):
                with pytest.raises(Conflict):
                    proposals.rehearse_again(session, self.who(who), chosen)
                return
            proposals.rehearse_again(session, self.who(who), chosen)
        known.state, known.base = "checking", self.model.live

    @precondition(lambda self: self.model.proposals)
    @rule(data=st.data(), who=WHO, share=st.sampled_from([None, None, 20]), override=st.booleans())
    def approves(self, data: st.DataObject, who: int, share: int | None, override: bool) -> None:
        self._approved(self._one(data)[0], who, share, override=override)

    def _approved(self, chosen: int, who: int, share: int | None, *, override: bool) -> None:
        known = self.model.proposals[chosen]
        person = self.who(who)
        reason = REASON if override else None

        def act() -> ReleaseView:
            with open_session(self.scope) as session:
                return releases.approve(session, person, chosen, share=share, override=reason)

        if person.id in {known.author, *known.writers.values()}:
            self._refused(NotAllowed, act)
            return
        ready = known.state == "passed" or (known.state == "failed" and override)
        if not ready or self.model.canary is not None or known.base != self.model.live:
            self._refused(Conflict, act)
            return
        failed = known.state == "failed"
        number = self._numbered(act(), known.changes)
        if share is None:
            known.state = "out"
            self._live(number)
        else:
            known.state = "canary"
            self.model.canary = number
        self._noted("knowledge:override" if failed else "knowledge:release", chosen, person)

    @precondition(lambda self: self.model.proposals)
    @rule(data=st.data(), who=WHO)
    def promotes(self, data: st.DataObject, who: int) -> None:
        chosen, known = self._one(data)
        person = self.who(who)

        def act() -> None:
            with open_session(self.scope) as session:
                releases.promote(session, person, chosen)

        if known.state != "canary":
            self._refused(Conflict, act)
        elif person.id in {known.author, *known.writers.values()}:
            self._refused(NotAllowed, act)
        else:
            act()
            known.state = "out"
            self._live(self.model.number_of[chosen])

    @precondition(lambda self: self.model.proposals)
    @rule(data=st.data(), who=WHO)
    def refuses(self, data: st.DataObject, who: int) -> None:
        chosen, known = self._one(data)

        def act() -> None:
            with open_session(self.scope) as session:
                releases.refuse(session, self.who(who), chosen)

        if known.state in ("out", "refused"):
            self._refused(Conflict, act)
            return
        act()
        if known.state == "canary":
            self._canary_ends()
        known.state = "refused"

    @rule(data=st.data(), who=WHO)
    def goes_back(self, data: st.DataObject, who: int) -> None:
        number = data.draw(st.integers(0, self.model.newest + 1))

        def act() -> ReleaseView:
            with open_session(self.scope) as session:
                return releases.rollback(session, self.who(who), self.unit, number)

        if number not in self.model.been_live or number == self.model.live:
            self._refused(NotFound, act)
            return
        self._canary_ends()
        made = act()
        assert made.number is not None
        self.model.newest = made.number
        self.model.sets[made.number] = dict(self.model.sets[number])
        before = self.model.answers.get(number)
        self._live(made.number)
        if before is not None:
            assert self.model.answers[made.number] == before

    @rule(page=PAGES, who=WHO)
    def withdraws(self, page: str, who: int) -> None:
        document = self._document(page)
        if document is None:
            return

        def act() -> ReleaseView:
            with open_session(self.scope) as session:
                return releases.withdraw(session, self.who(who), document, note="wrong")

        if document not in self.model.sets[self.model.live]:
            self._refused(Conflict, act)
            return
        self._canary_ends()
        made = act()
        assert made.number is not None
        self.model.newest = made.number
        self.model.sets[made.number] = self.model.applied(self.model.live, {document: None})
        self._live(made.number)

    @rule(page=PAGES, who=WHO)
    def deletes(self, page: str, who: int) -> None:
        document = self._document(page)
        if document is None:
            return
        with open_session(self.scope) as session:
            releases.delete_document(session, self.who(who), document)
        self.model.forget(document)

    @invariant()
    def every_release_serves_what_it_always_did(self) -> None:
        if not hasattr(self, "model"):
            return
        with open_session(self.scope, read_only=True) as session:
            for number, expected in self.model.sets.items():
                found = served_by(session, self.unit, number)
                assert {each: row.id for each, row in found.items()} == expected, number

    @invariant()
    def one_release_is_live_and_at_most_one_is_tried(self) -> None:
        if not hasattr(self, "model"):
            return
        with open_session(self.scope, read_only=True) as session:
            unit = session.scalar(select(Unit).where(Unit.unit_id == self.unit))
            states = dict(
                session.execute(select(Release.state, func.count()).group_by(Release.state)).all()
            )
        if unit is None:
            return
        assert (unit.live, unit.canary) == (self.model.live, self.model.canary)
        assert states.get(ReleaseState.LIVE, 0) == (1 if self.model.live else 0)
        assert states.get(ReleaseState.CANARY, 0) == (1 if self.model.canary else 0)

    def teardown(self) -> None:
        index.forget()

    def _one(self, data: st.DataObject) -> tuple[int, Proposed]:
        # the newest ones are the ones that are worth an act
        chosen = data.draw(st.sampled_from(sorted(self.model.proposals)[:-4:-1]))
        return chosen, self.model.proposals[chosen]

    def _document(self, page: str) -> int | None:
        with open_session(self.scope, read_only=True) as session:
            return session.scalar(select(Document.id).where(Document.name == f"{page}.md"))

    def _numbered(self, made: ReleaseView, changes: dict[int, int | None]) -> int:
        assert made.number is not None
        assert made.number > self.model.newest
        self.model.newest = made.number
        self.model.number_of[made.id] = made.number
        self.model.sets[made.number] = self.model.applied(self.model.live, changes)
        return made.number

    def _live(self, number: int) -> None:
        self.model.live, self.model.canary = number, None
        self.model.been_live.append(number)
        self.model.answers[number] = tuple(
            tuple(
                (passage.chunk_id, passage.text, passage.score)
                for passage in retrieval.search([self.unit], question, language="en").passages
            )
            for question in QUESTIONS
        )

    def _canary_ends(self) -> None:
        if self.model.canary is None:
            return
        for chosen, known in self.model.proposals.items():
            if known.state == "canary":
                known.state = "refused"
                del self.model.sets[self.model.number_of[chosen]]
        self.model.canary = None

    def _noted(self, act: str, chosen: int, person: Principal) -> None:
        with open_session(self.scope, read_only=True) as session:
            newest = of_units(session, [self.unit], subject=f"release/{chosen}", limit=1)[0]
        assert (newest.action, newest.actor) == (act, person.id)

    def _refused(self, kind: type[Exception], act: Callable[[], object]) -> None:
        """Nothing happened: the invariants that follow compare everything with the model."""
        with pytest.raises(kind):
            act()


@pytest.fixture
def _database(db: object) -> Iterator[None]:
    yield
    index.forget()


@pytest.mark.usefixtures("_database")
@pytest.mark.timeout(600)
def test_releases_keep_their_promises_in_any_order() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Releases,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            report_multiple_bugs=False,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
