"""HTML made of Python calls: every text is escaped unless it is `Html` already."""

from __future__ import annotations

from html import escape

_VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})


class Html(str):
    """Markup that is safe to send as it is."""

    __slots__ = ()


Child = Html | str | int | None


def tag(name: str, /, *children: Child, **attributes: str | bool | int | None) -> Html:
    """An element. `class_` is `class`, `aria_label` is `aria-label`; None and False are left out.

    A string among the children is escaped, None is nothing.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape("" if value is True else str(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: Child) -> Html:
    """Markup one after the other."""
    return Html("".join(each if isinstance(each, Html) else _text(each) for each in children))


def _text(child: Child) -> str:
    return "" if child is None else escape(str(child), quote=False)
