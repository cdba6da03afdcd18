"""Reading a turn with the turns before it: "and how much is it?", without a model.

A turn is read alone and together with the conversation. Which reading leads is decided by whether
the turn is answerable alone; the best of the other comes second, so that neither a new topic nor
an unspoken old one is lost. What the assistant said helps to find, but proves nothing: it was
quoted from the knowledge, so anything read together with it would seem answerable.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from knowledge.calibration import Decision
from knowledge.questions import is_courtesy
from knowledge.scoring import Terms
from knowledge.tokens import common, tokens

TURNS = 8
"""Earlier turns whose words are taken into account, of both sides."""
ASKED = 2
"""Earlier turns of the customer that can make a turn answerable."""
HISTORY_WEIGHT = 0.5
"""What a word of an earlier turn weighs against one of this turn."""
MEANT = 150
"""Characters of the conversation's end that are embedded with the turn: a vector is made of them
while the customer waits, and a longer one says less of the turn."""
COURTESY = 2
"""So few words without a subject ("thank you") ask nothing."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to look for a turn: its words with their weights, and the text that is embedded."""

    terms: Terms
    asked: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """The turns before a turn, oldest first: the customer's, and those of both sides if known."""

    history: Sequence[str] = ()
    context: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Result(Generic[T]):
    """What a reading found, best first, and whether that is enough to answer with."""

    found: tuple[T, ...]
    decision: Decision


def resolve(
    query: str,
    earlier: Earlier,
    search: Callable[[Reading], Result[T]],
    refers_back: Callable[[], bool],
    key: Callable[[T], Hashable],
) -> Result[T]:
    """Find what a turn asks for, alone and with what was said before it.

    `search` is called once for a turn without earlier ones. What only the history makes answerable
    counts if the turn can refer to it at all (`refers_back`). `key` names what was found, which
    several readings may find.
    """
    alone = search(Reading(Terms(query), query))
    said = [turn for turn in (earlier.context or earlier.history)[-TURNS:] if turn.strip()]
    if not said:
        return alone
    reading = _together(query, said)
    together = search(reading)
    if alone.decision.answers:
        return Result(_merged(alone.found, together.found, together.found, key), alone.decision)
    decision = alone.decision
    if earlier.history and refers_back():
        asked = _together(query, earlier.history[-ASKED:])
        likely = together if asked == reading else search(asked)
        if likely.decision.probability > decision.probability:
            decision = likely.decision
    return Result(_merged(together.found, alone.found, together.found, key), decision)


def _together(query: str, turns: Sequence[str]) -> Reading:
    earlier = " ".join(turns)
    return Reading(Terms(query, earlier, HISTORY_WEIGHT), f"{_end_of(earlier)} {query}")


def can_refer_back(query: str, language: str, known: Callable[[str], bool]) -> bool:
    """Whether a turn can be about what was said before ("and how long?").

    It cannot if it brings up a word that no passage has, and a word or two of courtesy does not.
    `known` tells whether any passage has a term.
    """
    if is_courtesy(query):
        return False
    words = tokens(query, language)
    subject = [term for term in words if term not in common(language)]
    if not subject:
        asks = any(mark in query for mark in "?？؟")
        return asks or len(query.split()) > COURTESY or len(words) > 4 * COURTESY
    return all(known(term) for term in subject)


def _end_of(earlier: str) -> str:
    if len(earlier) <= MEANT:
        return earlier
    cut = earlier[-MEANT:]
    _, _, whole = cut.partition(" ")  # not half a word, where the script parts words
    return whole or cut


def _merged(
    lead: Sequence[T], other: Sequence[T], rest: Iterable[T], key: Callable[[T], Hashable]
) -> tuple[T, ...]:
    """The best of each reading, then the `rest`, then what remains; each once."""
    once: dict[Hashable, T] = {}
    for each in (*lead[:1], *other[:1], *rest, *lead, *other):
        once.setdefault(key(each), each)
    return tuple(once.values())
