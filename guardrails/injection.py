"""How much a text looks like an attempt to steer the assistant: rules and a small model.

The score raises the audit level and narrows what a turn may do. It blocks nobody: a detector that
is right four times in five would refuse every fifth customer who writes like an attacker.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import hashlib
import math
import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guardrails.phrases import INJECTION, INJECTION_HINTS, compiled
from guardrails.text import fold, view, word_set
from runtime.errors import Misconfigured

MODEL_SHA256 = "38169e2e108bdf0d60ccf6bdee5d4dab48f38876e1ebac711b6b1a8d23bc8213"
"""Of the released model file; `frontdesk train injection` prints that of a new one."""
BITS = 19
"""The model has 2**19 weights, one byte each."""
SIZES = (3, 4, 5)
"""Characters of an n-gram."""
WINDOW = 240
"""Characters that are scored together: a long text is as suspicious as its worst part."""
STRIDE = 80
PATIENCE = 0.4
"""How much a text's margin is lowered per natural logarithm of its windows."""
LONGEST = 20_000
"""Characters of a text that are looked at, as many as a message may have."""
_HEADER = struct.Struct("<ff")
_MIX = np.uint32(0x9E3779B1)
_STIR = np.uint32(0x85EBCA6B)

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{2}[ ]?){12,}(?![0-9A-Za-z])")
_WORDS = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_SPACED = re.compile(r"(?<![^\W_])(?:[^\W\d_][ .\-_*|]){5,}[^\W\d_](?![^\W_])")
_LEET_WORD = re.compile(r"(?=\S*[a-zA-Z])(?=\S*[013457@$!])[a-zA-Z013457@$!']{2,}")
_LEET = str.maketrans("013457@$!", "oieastasi")
_ROTATED = word_set("gur naq lbh lbhe vf bs gb jung sbe nyy zr guvf abj ner cyrnfr")
"""The, and, you, your, is, of, to, what, for, all, me, this, now, are, please: turned by 13."""
_CONTROL = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|\[/?INST\]|<</?SYS>>|</?s>(?=\s|\Z)|<(?:start|end)_of_turn>"
    r"|<｜[^｜<>\n]{1,40}｜>",
    re.IGNORECASE,
)
"""How chat templates of common models mark who speaks."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """`score` 0..1 and which signs speak for it: names of rules, and `model`."""

    score: float
    signs: tuple[str, ...]


NONE = Suspicion(0.0, ())


def measure(texts: Sequence[str], earlier: Sequence[str] = ()) -> Suspicion:
    """The suspicion against new messages of one sender: each, all together, and after `earlier`.

    What is split over several messages shows only when they are read as one; what was suspicious
    before the new messages came does not count against them.
    """
    best = _worst((*texts, "\n".join(texts), "".join(texts)))
    if not earlier or best.score >= 0.5:
        return best
    so_far = _worst((" ".join(earlier), "".join(earlier)))
    joined = _worst((" ".join((*earlier, *texts)), "".join((*earlier, *texts))))
    return joined if joined.score >= 0.5 > so_far.score else best


def _worst(texts: Iterable[str]) -> Suspicion:
    """The highest score, and the signs of all texts that reach a flag."""
    found = [remembered(text) for text in dict.fromkeys(texts) if text]
    best = max(found, key=_score, default=NONE)
    if best.score < 0.5:
        return best
    signs = dict.fromkeys(sign for one in found if one.score >= 0.5 for sign in one.signs)
    return Suspicion(best.score, tuple(signs))


def _score(found: Suspicion) -> float:
    return found.score


@lru_cache(maxsize=256)
def remembered(text: str) -> Suspicion:
    """How suspicious a text is; the same words come again and again."""
    by_rules = rules(text)
    guess = max(probability(folded) for _, folded in readings(text))
    if guess < 0.5:
        return max(by_rules, Suspicion(guess, by_rules.signs), key=_score)
    return Suspicion(max(by_rules.score, guess), (*by_rules.signs, "model"))


def rules(text: str) -> Suspicion:
    """What the rules alone make of a text. Each kind of sign counts once, two hints are one."""
    signs: dict[str, None] = {}
    hints = 0
    for how, folded in readings(text):
        signs |= {name: None for name, patterns in INJECTION.items() if _any(patterns, folded)}
        found = sum(1 for pattern in compiled(INJECTION_HINTS) if pattern.search(folded))
        hints = max(hints, found + bool(how))
    if hints > 1:
        signs["hints"] = None
    if concealed(text):
        signs["hidden_text"] = None
    only = 0.25 * hints if hints == 1 else 0.0
    return Suspicion(min(1.0, 0.5 * len(signs) + only), tuple(signs))


def _any(patterns: tuple[str, ...], folded: str) -> bool:
    return any(pattern.search(folded) for pattern in compiled(patterns))


@lru_cache(maxsize=64)
def readings(text: str) -> tuple[tuple[str, str], ...]:
    """(how it was decoded, folded text): the text itself first, then what it hides."""
    text = text[:LONGEST]
    return tuple(
        (how, fold(view(reading).text).replace("’", "'"))
        for how, reading in (("", text), *decoded(text))
    )


def concealed(text: str) -> bool:
    """Whether a text holds characters that show nothing and that no script needs."""
    invisible = sum(1 for char in text if _shows_nothing(ord(char)))
    return bool(_tagged(text)) or (invisible >= 8 and invisible * 4 >= len(text))


def _shows_nothing(code: int) -> bool:
    return code in (0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF) or 0xE0100 <= code <= 0xE01EF


def decoded(text: str) -> Iterator[tuple[str, str]]:
    """Readings of a text that a machine sees at once and a person does not: (how, reading)."""
    if tagged := _tagged(text):
        yield "hidden_text", tagged
    viewed = view(text).text
    if unpacked := _unpacked(viewed):
        yield "encoded", f"{viewed}\n{unpacked}"
    words = _WORDS.findall(viewed.lower())
    if sum(word in _ROTATED for word in words) >= 2:
        yield "encoded", codecs.encode(viewed, "rot13")
    if len(_LEET_WORD.findall(viewed)) >= max(3, len(words) // 4):
        yield "encoded", _LEET_WORD.sub(lambda found: found[0].translate(_LEET), viewed)
    if _SPACED.search(viewed):
        yield "encoded", _SPACED.sub(lambda found: re.sub(r"[\W_]", "", found[0]), viewed)


def _tagged(text: str) -> str:
    """What tag characters and variation selectors spell.

    The flags of Scotland, Wales and England are spelled with tags, too: five or six characters.
    """
    if text.isascii():
        return ""
    tags = "".join(chr(ord(c) - 0xE0000) for c in text if 0xE0020 <= ord(c) <= 0xE007E)
    selected = bytes(
        code - 0xFE00 if code <= 0xFE0F else code - 0xE0100 + 16
        for code in map(ord, text)
        if 0xFE00 <= code <= 0xFE0D or 0xE0100 <= code <= 0xE01EF
    ).decode("utf-8", errors="ignore")
    flags = text.count("\U0001f3f4")
    return "\n".join(found for found in (tags, selected) if len(found) > max(1, 6 * flags))


def _unpacked(text: str) -> str:
    """What base64 and hexadecimal runs say, where they say something readable."""
    found = []
    for run in _BASE64.findall(text):
        plain = run.replace("-", "+").replace("_", "/").rstrip("=")
        try:
            found.append(base64.b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-8"))
        except (binascii.Error, ValueError):
            continue
    for run in _HEX.findall(text):
        try:
            found.append(bytes.fromhex(run.replace(" ", "")).decode("utf-8"))
        except ValueError:
            continue
    return "\n".join(piece for piece in found if piece.isprintable() and " " in piece)


def defused(text: str) -> str:
    """Text as a model may be given it: nothing that only a machine sees, no turn markers.

    Joiners that a script or an emoji needs stay: without them words are written differently.
    """
    kept = text if text.isascii() else "".join(char for char in text if not _steers(ord(char)))
    previous = None
    while previous != kept:  # what is taken out may join what is left into a new one
        previous = kept
        kept = _CONTROL.sub(" ", kept)
    return kept


def screened_document(text: str) -> tuple[str, tuple[str, ...]]:
    """A document as it may be stored, and the signs that it gives orders to the assistant."""
    found = remembered(text)
    return defused(text), (found.signs or ("model",)) if found.score >= 0.5 else ()


def _steers(code: int) -> bool:
    return (
        0xE0000 <= code <= 0xE01EF
        or 0x202A <= code <= 0x202E
        or 0x2066 <= code <= 0x2069
        or code in (0x200B, 0x200E, 0x200F, 0x061C, 0x2060, 0xFEFF, 0x00AD)
        or 0xFE00 <= code <= 0xFE0D
    )


def buckets(folded: str) -> NDArray[np.uint32]:
    """The weights that each place of a text calls for: shape (characters + 2, len(SIZES)).

    Row i holds the buckets of the n-grams that begin at place i; numbers are all the same, so
    that none is learnt by heart. Grams that would run over the end are bucket 0.
    """
    text = re.sub(r"\d+", "0", " ".join(folded.split()))
    codes = np.frombuffer(f" {text} ".encode("utf-32-le"), np.uint32)
    found = np.zeros((len(codes), len(SIZES)), np.uint32)
    rolling = codes.copy()
    for size in range(2, max(SIZES) + 1):
        if size > len(codes):
            break
        rolling = rolling[:-1] * _MIX ^ codes[size - 1 :]
        if size in SIZES:
            mixed = (rolling ^ np.uint32(size)) * _STIR
            mixed ^= mixed >> np.uint32(15)
            found[: len(mixed), SIZES.index(size)] = (mixed * _MIX) >> np.uint32(32 - BITS)
    return found


def windows(length: int, stride: int = STRIDE) -> Iterator[tuple[int, int]]:
    """Where windows of a text of so many places begin and end."""
    for start in range(0, max(1, length - WINDOW + stride), stride):
        yield start, min(length, start + WINDOW)


def probability(folded: str) -> float:
    """What the character model makes of a folded text: 0..1, the worst window counts."""
    scale, bias, weights = _model()
    margin = worst_window(buckets(folded), weights, scale) + bias
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, margin))))


def worst_window(places: NDArray[np.uint32], weights: NDArray[Any], scale: float) -> float:
    """The margin of the worst window without the bias, less what many windows find by chance."""
    summed = np.concatenate(([0.0], np.cumsum(weights[places].sum(axis=1, dtype=np.float32))))
    spans = list(windows(len(places)))
    best = max(
        (summed[end] - summed[start]) / math.sqrt((end - start) * len(SIZES))
        for start, end in spans
    )
    return float(best) * scale - PATIENCE * math.log(len(spans))


@cache
def _model() -> tuple[float, float, NDArray[np.int8]]:
    """Scale, bias and weights. Raises `Misconfigured` for any other file than the released one."""
    raw = files("guardrails").joinpath("data/injection.bin").read_bytes()
    if hashlib.sha256(raw).hexdigest() != MODEL_SHA256:
        raise Misconfigured("guardrails/data/injection.bin is not the released file: reinstall")
    return read_model(raw)


def read_model(raw: bytes) -> tuple[float, float, NDArray[np.int8]]:
    """A model file: scale and bias as little-endian floats, then one signed byte a weight."""
    scale, bias = _HEADER.unpack_from(raw)
    return scale, bias, np.frombuffer(raw, np.int8, offset=_HEADER.size)


def write_model(scale: float, bias: float, weights: NDArray[np.int8]) -> bytes:
    """The bytes of a model file; weight 0 stands for "no gram" and is 0."""
    return _HEADER.pack(scale, bias) + weights.astype(np.int8).tobytes()
