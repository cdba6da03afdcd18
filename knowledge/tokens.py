"""Words as the lexical index sees them, in every script."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.resources import files
from threading import local

import regex

# \w of `re` cuts Devanagari at its vowel signs; letters, marks and numbers together do not.
_RUN = regex.compile(
    r"(?P<han>[\p{Han}\p{Hiragana}\p{Katakana}\u30fc]+)"
    r"|(?P<sea>[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]+)"
    r"|(?P<word>(?:(?![\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\u30fc])"
    r"[\p{L}\p{M}\p{N}])+)"
)

_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian",
    "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali",
    "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip

_stemmers = local()  # a Snowball stemmer keeps its word in itself: one per thread


def tokens(text: str, language: str) -> list[str]:
    """Cut a text into index terms; `language` (ISO 639-1) chooses the stemmer.

    Han and Kana become single signs and pairs, Thai, Lao, Khmer and Myanmar become triples:
    these scripts do not part words.
    """
    found: list[str] = []
    stem = _stem_of(language)
    for match in _RUN.finditer(unicodedata.normalize("NFKC", text).casefold()):
        run: str = match[0]
        kind = match.lastgroup
        if kind == "han":
            found.extend(run)
            found.extend(run[at : at + 2] for at in range(len(run) - 1))
        elif kind == "sea":
            found.extend(run[at : at + 3] for at in range(max(1, len(run) - 2)))
        else:
            # a number has no stem, and there are too many of them for the stems' memory
            found.append(run if run.isascii() and run.isdigit() else stem(run))
    return found


@cache
def common(language: str) -> frozenset[str]:
    """Terms of a language that say nothing about the subject ("how", "long", "my").

    A small collection cannot tell them by counting: most words of a question occur in none of
    ten articles.
    """
    return frozenset(tokens(_common_words().get(language, ""), language))


@cache
def _common_words() -> dict[str, str]:
    text = files("knowledge").joinpath("common_words.json").read_text(encoding="utf-8")
    words: dict[str, str] = json.loads(text)
    return words


@cache
def _stem_of(language: str) -> Callable[[str], str]:
    algorithm = _SNOWBALL.get(language)
    if algorithm is None:
        return str

    @lru_cache(maxsize=100_000)
    def stem(word: str) -> str:
        stemmer = getattr(_stemmers, algorithm, None)
        if stemmer is None:
            import snowballstemmer  # type: ignore[import-untyped] # the package carries no types

            stemmer = snowballstemmer.stemmer(algorithm)
            setattr(_stemmers, algorithm, stemmer)
        return str(stemmer.stemWord(word))

    return stem
