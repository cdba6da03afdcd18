"""What the knowledge holds for a turn: as a whole, and for each question in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from bot.courtesy import courtesy
from bot.employee import Employee
from knowledge import retrieval
from knowledge.editions import Edition
from knowledge.questions import apart, questions
from knowledge.retrieval import Found, Passage
from records.turns import Turn

MOST = 5
"""Questions of one turn that are looked up one by one."""
_EACH = 2
"""Passages of every question that are put together for a model."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in the contact's words, and what was found for it."""

    question: str
    found: Found


@dataclass(frozen=True, slots=True)
class Lookup:
    """`whole` is the turn as one question, or the clearest message of it; `parts` are the several
    questions it asks, empty where it asks one."""

    whole: Asked
    parts: tuple[Asked, ...] = ()

    @property
    def state(self) -> str:
        """How the search went; "unavailable" if any of it could not be searched."""
        states = {each.found.state for each in (self.whole, *self.parts)}
        return "unavailable" if "unavailable" in states else self.whole.found.state

    def together(self) -> Found:
        """The best passages of all questions, in turns."""
        if not self.parts:
            return self.whole.found
        columns = [each.found.passages[:_EACH] for each in self.parts]
        taken: dict[int, Passage] = {}
        for passage in chain(*zip_longest(*columns), self.whole.found.passages):
            if passage is not None:
                taken.setdefault(passage.chunk_id, passage)
        return replace(self.whole.found, passages=tuple(taken.values()))


def look_up(turn: Turn, employee: Employee, language: str, trial: Edition | None = None) -> Lookup:
    """Search for the turn as a whole, for each message of its burst, and for each question."""
    history = [line.text for line in turn.history if line.by_contact]
    context = [line.text for line in turn.history]

    def search(question: str, told: str = "") -> Asked:
        found = retrieval.search(
            employee.units,
            question,
            language=language,
            history=[*history, told] if told else history,
            context=[*context, told] if told else context,
            lot=turn.conversation_id,
            trial=trial,
        )
        return Asked(question, found)

    texts = [text for text in turn.texts if courtesy(text) is None] or [turn.text]
    whole = max(
        (search(question) for question in dict.fromkeys(("\n".join(texts), *texts))),
        key=lambda each: each.found.answerable,
    )
    asking = [text for text in texts if apart(text, language)[0]]
    several = list(dict.fromkeys(chain(*(questions(text, language) for text in asking))))
    if len(several) > 1:
        return Lookup(whole, tuple(search(each) for each in several[:MOST]))
    if not whole.found.decision.answers and whole.found.state == "ok":
        # "I bought a jacket, it is too small. Can I return it?": the story is context
        question, told = apart("\n".join(texts), language)
        if question and told:
            whole = max(whole, search(question, told), key=lambda each: each.found.answerable)
    return Lookup(whole)
