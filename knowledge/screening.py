"""A look at every document before it is stored. Whoever connects the parts says with what."""

from __future__ import annotations

from collections.abc import Callable

Screen = Callable[[str], tuple[str, tuple[str, ...]]]
"""Takes a text; returns it without what only a machine sees, and what is suspicious in it."""

_screens: list[Screen] = []


def use_screen(screen: Screen | None) -> None:
    """Look at every document with this from now on; None: with nothing."""
    _screens[:] = [] if screen is None else [screen]


def screened(*texts: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts as they may be stored, and the signs found in any of them."""
    signs: dict[str, None] = {}
    for screen in _screens:
        looked = [screen(text) for text in texts]
        texts = tuple(text for text, _ in looked)
        signs |= dict.fromkeys(sign for _, found in looked for sign in found)
    return texts, tuple(signs)
