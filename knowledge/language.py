"""Which language a text is in."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import regex

KNOWN = (
    "ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr",
    "hu", "id", "it", "ja", "ko", "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr",
    "sv", "th", "tr", "uk", "ur", "vi", "zh",
)  # fmt: skip
"""Languages that are told apart when the caller names none."""

_SCRIPTS = {
    "Hiragana": ("ja",), "Katakana": ("ja",), "Hangul": ("ko",), "Han": ("zh", "ja"),
    "Thai": ("th",), "Devanagari": ("hi",), "Greek": ("el",), "Hebrew": ("he",),
    "Arabic": ("ar", "fa", "ur"), "Cyrillic": ("ru", "uk", "bg", "sr"),
}  # fmt: skip
_SCRIPT = regex.compile("|".join(rf"(?P<{name}>\p{{{name}}})" for name in (*_SCRIPTS, "Latin")))
_NOISE = regex.compile(r"https?://\S+|\S+@\S+|[\p{N}\p{P}\p{S}]+")
_WORD = regex.compile(r"[\p{L}\p{M}]+")
_UNMISTAKABLE = {
    word: language
    for language, words in {
        "da": "tak", "de": "danke hallo guten moin servus", "en": "hello hi hey thanks thank",
        "es": "hola gracias buenos buenas", "fi": "hei kiitos moi", "fr": "bonjour merci salut",
        "it": "ciao grazie buongiorno", "nl": "goedendag bedankt dank",
        "pl": "cześć dzień dziękuję",
        "pt": "olá oi obrigado obrigada bom boa", "ro": "salut mulțumesc bună", "sv": "hej tack",
        "tr": "merhaba teşekkürler selam", "vi": "chào cảm",
    }.items()
    for word in words.split()
}  # fmt: skip
"""Words people write alone, too short for statistics."""
_SURE = 0.55
_ENOUGH = 40

_loading = threading.Lock()


def detect(text: str, among: Sequence[str] | None = None, fallback: str = "en") -> str:
    """Name the language (ISO 639-1) of a text, one of `among`, or `fallback` when it cannot tell.

    The script decides first; a short Latin text counts only when the statistics are sure.
    """
    allowed = tuple(among) if among else KNOWN
    plain = _NOISE.sub(" ", text[:4000])
    scripts = Counter(match.lastgroup for match in _SCRIPT.finditer(plain))
    if not scripts:
        return fallback
    kana = scripts["Hiragana"] + scripts["Katakana"]
    script = "Hiragana" if kana * 8 > scripts["Han"] and kana else scripts.most_common(1)[0][0]
    if script is not None and script != "Latin":
        possible = [name for name in _SCRIPTS[script] if name in allowed]
        if not possible:
            return fallback
        if len(possible) == 1 or script == "Han":
            return possible[0]
        return _classify(plain, tuple(possible), sure=0.0) or possible[0]
    latin = tuple(name for name in allowed if not _only_other_script(name))
    if len(latin) == 1:
        return latin[0]
    words = _WORD.findall(plain.casefold())
    greeted = _UNMISTAKABLE.get(words[0]) if 0 < len(words) <= 3 else None
    if greeted in latin:
        return greeted
    if not latin or scripts["Latin"] < 6:
        return fallback
    return _classify(plain, latin, sure=_SURE if scripts["Latin"] < _ENOUGH else 0.0) or fallback


def _only_other_script(name: str) -> bool:
    return any(name in languages for languages in _SCRIPTS.values()) and name != "sr"


def _classify(text: str, among: tuple[str, ...], sure: float) -> str | None:
    identifier = _identifier(among)
    if identifier is None:
        return None
    name, probability = identifier.classify(text.casefold())
    return str(name) if probability >= sure else None


@lru_cache(maxsize=64)
def _identifier(among: tuple[str, ...]) -> Any | None:
    """A classifier of its own per set of languages: the library's shared one is not thread-safe."""
    from py3langid.langid import (  # type: ignore[import-untyped] # the package carries no types
        LanguageIdentifier,
    )

    base = _base()
    known = [name for name in among if name in set(base.labels)]
    if not known:
        return None
    made = LanguageIdentifier(
        *base._full_model, base.tk_nextmove, base.tk_output, norm_probs=True, tk_row=base.tk_row
    )
    made.set_languages(known)
    return made


def _base() -> Any:
    with _loading:
        return _load_base()


@lru_cache(maxsize=1)
def _load_base() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    whole = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    whole.set_languages([name for name in KNOWN if name in whole.labels])
    # Only these columns are kept: the other hundred languages are 20 MB.
    return LanguageIdentifier(
        whole.nb_ptc, whole.nb_pc, whole.nb_classes, whole.tk_nextmove, whole.tk_output,
        norm_probs=True, tk_row=whole.tk_row,
    )  # fmt: skip
