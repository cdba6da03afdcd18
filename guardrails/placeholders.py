"""The form of a placeholder, and the mangled forms in which models give it back."""

from __future__ import annotations

import re
from collections.abc import Callable

from guardrails.spans import KINDS

_KIND = "|".join(sorted(KINDS, key=len, reverse=True)).replace("_", r"(?:\\?[_ -])")
_OPEN = r"(?:\\?[\[<{(［【〔「《＜{]){1,3}"
_CLOSE = r"(?:\\?[\]>})］】〕」》＞}]){1,3}"
_SEPARATOR = r"\\?[_ \-–‑]?"
_STARS = r"(?:\*\*|__|`)?"

EXACT = re.compile(rf"\[(?:{'|'.join(KINDS)})_\d+\]")
"""A placeholder exactly as we write it."""

ANY = re.compile(
    rf"{_OPEN}\s?{_STARS}(?P<k1>{_KIND}){_SEPARATOR}(?P<n1>\d{{1,4}})(?!\d){_STARS}\s?(?:{_CLOSE})?"
    rf"|(?<![^\W_])(?P<k2>{_KIND}){_SEPARATOR}(?P<n2>\d{{1,4}})(?!\d){_CLOSE}"
    rf"|(?<![^\W_])(?P<k3>{_KIND})\\?[_‑–-](?P<n3>\d{{1,4}})(?![^\W_])",
    re.IGNORECASE,
)
"""Anything that reads like a placeholder. The last form, without any bracket, may also be part
of an ordinary text ("order-id-7"), so it counts only where it is known or written in capitals."""


def write(kind: str, number: int) -> str:
    return f"[{kind}_{number}]"


def _certain(found: re.Match[str]) -> bool:
    """Whether this can be nothing else: "(number 12)" in a sentence could be."""
    if found["k1"] is not None:
        return found["k1"].isupper() or found[0].lstrip("\\")[0] not in "("
    if found["k2"] is not None:
        return found["k2"].isupper()
    return found["k3"].isupper() and "_" in found[0]


def replace(text: str, value_of: Callable[[str], str | None], unknown: Callable[[], str]) -> str:
    """Put values in place of placeholders; those without a value become what `unknown` says."""

    def one(found: re.Match[str]) -> str:
        kind = found["k1"] or found["k2"] or found["k3"]
        number = found["n1"] or found["n2"] or found["n3"]
        name = re.sub(r"\\?[_ -]", "_", kind).upper()
        value = value_of(write(name, int(number)))
        if value is not None:
            return value
        return unknown() if _certain(found) else found[0]

    return ANY.sub(one, text)


def looks_like_one(text: str) -> list[tuple[int, int]]:
    """Where a text holds something a model or `replace` could take for a placeholder."""
    return [found.span() for found in ANY.finditer(text)]


def left_over(text: str) -> bool:
    """Whether a text for a customer still shows a placeholder."""
    return any(map(_certain, ANY.finditer(text)))


def blanked(text: str) -> str:
    """The same text, as long, with every placeholder of ours turned into a barrier."""
    return EXACT.sub(lambda found: "\ufffc" * len(found[0]), text)
