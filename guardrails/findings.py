"""Bring together what recognisers guess and what is known."""

from __future__ import annotations

import re
from typing import NamedTuple

from guardrails.detectors import name_words

_TITLES = re.compile(
    rf"(?<![^\W_])(?:{name_words.TITLES}|先生|女士|小姐|さん|様)(?![^\W_])\.?", re.IGNORECASE
)
"""Words before or behind a name that are nobody's."""


_WORD = re.compile(r"[^\W_]+")


def _is_named(word: str, cased: bool) -> bool:
    """Whether a word beside a known name may be part of another one. Where the known name has a
    capital, a name beside it would have one, too."""
    return not word[0].islower() or not (cased or word in name_words.NOT_NAMES)


class Found(NamedTuple):
    """A span, and the known value it is, if it is one."""

    start: int
    end: int
    kind: str
    entity: int | None


def united(text: str, recognised: list[Found], known: list[Found]) -> list[Found]:
    """Join findings. A guess that runs over known values, and no more than titles, is dropped."""
    whole = joined(known)

    def adds(guess: Found) -> bool:
        inside = [one for one in whole if one.start < guess.end and guess.start < one.end]
        if not inside:
            return True
        left = "".join(
            " " if any(one.start <= place < one.end for one in inside) else text[place]
            for place in range(guess.start, guess.end)
        )
        if guess.kind not in ("PERSON", "ADDRESS"):
            return len(inside) < 2 or any(map(str.isalnum, left))
        if guess.kind == "PERSON":
            cased = any(text[one.start].isupper() for one in inside)
            return any(_is_named(word, cased) for word in _WORD.findall(_TITLES.sub("", left)))
        return any(map(str.isalnum, left))

    return joined([*known, *filter(adds, recognised)])


def joined(found: list[Found]) -> list[Found]:
    """Join what overlaps. The longest gives the kind, and the entity if it is all there is."""
    result: list[Found] = []
    longest = 0
    for one in sorted(found, key=lambda f: (f.start, -f.end, f.entity is None)):
        size = one.end - one.start
        if not result or one.start >= result[-1].end:
            result.append(one)
            longest = size
            continue
        last = result[-1]
        end = max(last.end, one.end)
        same = one.entity is not None and one.entity == last.entity
        if size > longest or (size == longest and last.kind == "NUMBER"):
            result[-1] = Found(last.start, end, one.kind, one.entity)
            longest = size
        else:
            result[-1] = last._replace(end=end)
        if end - last.start > longest and not same:
            result[-1] = result[-1]._replace(entity=None)
    return result
