"""Bring together what recognisers guess and what is known."""

from __future__ import annotations

from typing import NamedTuple


class Found(NamedTuple):
    """A span, and the known value it is, if it is one."""

    start: int
    end: int
    kind: str
    entity: int | None


def united(text: str, recognised: list[Found], known: list[Found]) -> list[Found]:
    """Join findings. A guess that runs over several known values, and no more, is dropped."""
    whole = joined(known)

    def adds(guess: Found) -> bool:
        inside = [one for one in whole if one.start < guess.end and guess.start < one.end]
        covered = {place for one in inside for place in range(one.start, one.end)}
        places = range(guess.start, guess.end)
        return len(inside) < 2 or any(text[p].isalnum() and p not in covered for p in places)

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
