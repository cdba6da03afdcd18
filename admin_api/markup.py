"""An article's Markdown as HTML: no HTML of its own, links to the web only, quotes marked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from admin_api.html import Html

Finder = Callable[[str], str | None]
"""The address of another article, by the name a link gives it; None: it may not be linked."""

_BEGIN, _END = "\ue000", "\ue001"
"""Signs of the private use area: they are nobody's letters, and taken out of a text first."""
MOST_MARKED = 200_000
"""Characters of a text in which a quote is marked: a longer one would take twice 60 ms."""
_LEAD = re.compile(r"(?:[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+|\d{1,9}[.)][ \t]+|\|))*[ \t]*")
_TAGS = re.compile(r"</?mark[^>]*>")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a text, for the table of contents."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text as HTML, without its title, and its headings."""

    html: Html
    headings: tuple[Heading, ...]


def render(
    text: str,
    title: str,
    *,
    cited: tuple[int, int] | None = None,
    find: Finder = lambda _: None,
) -> Rendered:
    """Render Markdown below a page's title, which is left out of it.

    `cited` marks the characters of `text` that an answer quotes (start, end), as an element with
    the id "cited". Where the marks would change what the text means, nothing is marked.
    """
    plain = _render(text.replace(_BEGIN, "").replace(_END, ""), title, find)
    marked = _with_marks(text, cited) if cited else None
    if marked is None:
        return plain
    found = _render(marked, title, find)
    return found if _TAGS.sub("", found.html) == plain.html else plain


def slug(text: str) -> str:
    """Words of any script, joined by hyphens, for an address."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = re.findall(r"[^\W_]+(?:[\u0300-\u036f\u0900-\u0dff]+[^\W_]*)*", plain)
    return "-".join(words)[:60].strip("-")


def _with_marks(text: str, cited: tuple[int, int]) -> str | None:
    start, end = cited
    if _BEGIN in text or _END in text or not 0 <= start < end <= len(text) <= MOST_MARKED:
        return None
    line = text.rfind("\n", 0, start) + 1
    lead = _LEAD.match(text, line)
    if lead is not None and not text[line:start].strip(" \t#>|-*+.)0123456789"):
        start = max(start, lead.end())
    while end > start and text[end - 1] in " \t\n|":
        end -= 1
    if end <= start:
        return None
    return f"{text[:start]}{_BEGIN}{text[start:end]}{_END}{text[end:]}"


def _render(text: str, title: str, find: Finder) -> Rendered:
    parser = _parser()
    env: dict[str, Any] = {}
    tokens = _without_title(parser.parse(text, env), title)
    headings = _headings(tokens)
    _mark(tokens)
    env["find"] = find
    return Rendered(Html(parser.renderer.render(tokens, parser.options, env)), headings)


def _without_title(tokens: list[Token], title: str) -> list[Token]:
    first = [token.type for token in tokens[:3]] == ["heading_open", "inline", "heading_close"]
    if first and tokens[0].tag == "h1" and _words(tokens[1]) == " ".join(title.split()):
        return tokens[3:]
    return tokens


def _words(inline: Token) -> str:
    kept = [child.content for child in inline.children or () if child.type in _TEXTS]
    return " ".join("".join(kept).replace(_BEGIN, "").replace(_END, "").split())


_TEXTS = ("text", "code_inline")


def _headings(tokens: Sequence[Token]) -> tuple[Heading, ...]:
    """Give headings an anchor, and levels that begin below the page's title."""
    at = [number for number, token in enumerate(tokens) if token.type == "heading_open"]
    shift = 2 - min((int(tokens[number].tag[1]) for number in at), default=2)
    found: list[Heading] = []
    seen: dict[str, int] = {}
    for number in at:
        level = min(6, int(tokens[number].tag[1]) + shift)
        text = _words(tokens[number + 1])
        # an anchor of a text must not be one of the page
        anchor = f"s-{slug(text)}"
        seen[anchor] = seen.get(anchor, 0) + 1
        if seen[anchor] > 1:
            anchor = f"{anchor}-{seen[anchor]}"
        tokens[number].attrSet("id", anchor)
        tokens[number].tag = tokens[number + 2].tag = f"h{level}"
        found.append(Heading(level, anchor, text))
    return tuple(found)


def _mark(tokens: Sequence[Token]) -> None:
    """Cut the texts at the two signs, and say of each piece whether it lies between them."""
    inside = False
    first = True
    for inline in tokens:
        pieces: list[Token] = []
        for child in inline.children or ():
            if child.type not in _TEXTS:
                pieces.append(child)
                continue
            for part in re.split(f"({_BEGIN}|{_END})", child.content):
                if part in (_BEGIN, _END):
                    inside = part == _BEGIN
                elif part:
                    piece = child.copy(content=part, meta={"cited": inside, "first": False})
                    if inside and first:
                        piece.meta["first"], first = True, False
                    pieces.append(piece)
        if inline.children is not None:
            inline.children = pieces


@cache
def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    made.validateLink = _is_link  # type: ignore[method-assign, assignment] # as documented
    for name, rule in _RULES.items():
        made.add_render_rule(name, rule)
    return made


def _is_link(address: str) -> bool:
    """Whether an address is one of the web, or a name of our own; never a script."""
    try:
        scheme = urlsplit(address.strip()).scheme.lower()
    except ValueError:
        return False
    return scheme in ("", "http", "https")


Env = MutableMapping[str, Any]


def _text(_: Any, tokens: Sequence[Token], at: int, __: Any, ___: Env) -> str:
    return _cited(tokens[at], _escaped(tokens[at].content))


def _code(_: Any, tokens: Sequence[Token], at: int, __: Any, ___: Env) -> str:
    return _cited(tokens[at], f"<code>{_escaped(tokens[at].content)}</code>")


def _cited(token: Token, html: str) -> str:
    if not token.meta.get("cited"):
        return html
    return f'<mark id="cited">{html}</mark>' if token.meta["first"] else f"<mark>{html}</mark>"


def _link_open(_: Any, tokens: Sequence[Token], at: int, __: Any, env: Env) -> str:
    address = str(tokens[at].attrGet("href") or "")
    inner: list[bool] = env.setdefault("links", [])
    if urlsplit(address).scheme:
        inner.append(True)
        return f'<a href="{_escaped(address)}" rel="nofollow noopener">'
    own = None if address.startswith(("/", "#")) else env["find"](unquote(address))
    inner.append(own is not None)
    return f'<a href="{_escaped(own)}">' if own is not None else ""


def _link_close(_: Any, __: Sequence[Token], ___: int, ____: Any, env: Env) -> str:
    return "</a>" if env["links"].pop() else ""


def _image(_: Any, tokens: Sequence[Token], at: int, __: Any, ___: Env) -> str:
    """A picture's words: nothing is loaded from elsewhere."""
    return _escaped(tokens[at].content)


def _table_open(*_: Any) -> str:
    return '<div class="table" tabindex="0" role="group"><table>'


def _table_close(*_: Any) -> str:
    return "</table></div>\n"


_RULES = {
    "text": _text,
    "code_inline": _code,
    "link_open": _link_open,
    "link_close": _link_close,
    "image": _image,
    "table_open": _table_open,
    "table_close": _table_close,
}


def _escaped(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


_MARKUP = re.compile(r"^[ \t]*(?:[-*+•]|\d{1,3}[.)]|>|#{1,6})[ \t]+|\*\*|__|`|\|")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


def plain(text: str, most: int) -> str:
    """The beginning of a Markdown text without its signs, cut at a word."""
    lines = (line for line in _LINK.sub(r"\1", text).splitlines() if line.strip(" \t|:-"))
    bare = " ".join(" ".join(_MARKUP.sub(" ", line) for line in lines).split())
    if len(bare) <= most:
        return bare
    cut = bare[:most]
    space = cut.rfind(" ")
    return f"{cut[:space] if space > most // 2 else cut} …"
