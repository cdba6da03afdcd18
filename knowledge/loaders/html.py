"""Web pages: the main text, without navigation, banners and footers."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from knowledge.loaders import Loaded, Refused
from knowledge.loaders.facts import language, web_address
from knowledge.loaders.markdown import first_heading
from knowledge.loaders.markup import markdown, words_of
from knowledge.loaders.text import clean, decode

_FURNITURE = {
    "head", "script", "style", "noscript", "template", "nav", "footer", "aside", "svg", "iframe",
    "button", "select", "textarea", "input", "dialog", "canvas", "video", "audio", "object",
    "embed",
}  # fmt: skip
_ROLES = {"navigation", "banner", "contentinfo", "search", "complementary", "dialog", "menu"}
_NAMED = re.compile(
    r"(?:^|[\s_-])(?:cookies?|consent|gdpr|breadcrumbs?|sidebar|navbar|nav|menu|newsletter|share"
    r"|social|popup|modal|skip-link|advert(?:isement)?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_DECLARED = re.compile(rb"<meta[^>]{0,200}?charset=[\"']?([A-Za-z0-9_-]{2,40})", re.IGNORECASE)
_MOST_NODES = 500_000
_LEAST = 40
"""Fewer characters than this are not the text of a page that has more."""

_LISTS_OF_LINKS = 3
"""So many links, and hardly a word besides: a menu, whatever it is called."""


def load(content: bytes, name: str) -> Loaded:
    """Read a page as Markdown with headings, lists, tables, and questions with their answers."""
    tree = parsed(content)
    asked = list(_structured(tree))
    title = clean(tree.findtext(".//title") or "").strip()
    spoken = language(
        tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    )
    address = _canonical(tree)
    text = clean(_main(tree))
    seen = " ".join(text.split())
    for question, answer in asked:
        if question not in seen:
            text += f"\n\n## {question}\n\n{answer}"
    return Loaded(
        " ".join(title.split()) or first_heading(text) or name, text.strip(), spoken, address
    )


def parsed(content: bytes) -> Any:
    """The page as a tree. Raises `Refused` for what is no page or beyond all measure."""
    from lxml import etree  # type: ignore[import-untyped] # the package carries no types
    from lxml.html import (  # type: ignore[import-untyped] # the package carries no types
        HTMLParser,
        document_fromstring,
    )

    source = _decoded(content)
    if not source.strip():
        raise Refused("is empty: save it again, or take it away")
    try:
        # a declared encoding is of the bytes, and these are characters
        parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        tree = document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        raise Refused("is not a web page: save it again from the browser") from None
    if any("RESOURCE_LIMIT" in fault.type_name for fault in parser.error_log):
        raise Refused("is nested too deeply, or all one piece: save it again from the browser")
    if sum(1 for _ in tree.iter()) > _MOST_NODES:
        raise Refused("has too many elements to be a page: save it again from the browser")
    return tree


def robots(content: bytes) -> frozenset[str]:
    """What the page's own `<meta name="robots">` says, e.g. {"noindex", "nofollow"}."""
    found: set[str] = set()
    for tag in re.findall(rb"<meta\s[^>]{0,400}>", content[:200_000], re.IGNORECASE):
        if re.search(rb"name\s*=\s*[\"']?robots", tag, re.IGNORECASE):
            said = re.search(rb"content\s*=\s*[\"']([^\"']{0,200})", tag, re.IGNORECASE)
            words = said[1].decode("ascii", "replace").lower() if said else ""
            found |= {word.strip() for word in words.split(",")}
    return frozenset(found)


def _decoded(content: bytes) -> str:
    declared = _DECLARED.search(content[:4096])
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        if declared:
            try:
                return clean(content.decode(declared[1].decode(), errors="replace"))
            except LookupError:
                return decode(content)
    return decode(content)


def _canonical(tree: Any) -> str | None:
    for link in tree.iter("link"):
        if (link.get("rel") or "").lower() == "canonical":
            return web_address(link.get("href") or "")
    return None


def _structured(tree: Any) -> Iterator[tuple[str, str]]:
    """Questions and answers that the page states for search engines (schema.org FAQPage)."""
    for script in tree.iter("script"):
        if (script.get("type") or "").lower().startswith("application/ld+json"):
            try:
                yield from _pairs(json.loads(script.text or ""))
            except (ValueError, RecursionError):
                continue  # many pages carry broken ones; their visible text is read all the same


def _pairs(said: Any) -> Iterator[tuple[str, str]]:
    waiting = [said]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, list):
            waiting[:0] = one[:2000]
        elif isinstance(one, dict) and one.get("@type") in ("Question", ["Question"]):
            answer = one.get("acceptedAnswer")
            answer = answer[0] if isinstance(answer, list) and answer else answer
            given = answer.get("text") if isinstance(answer, dict) else None
            if isinstance(one.get("name"), str) and isinstance(given, str):
                yield words_of(one["name"]), words_of(given)
        elif isinstance(one, dict):
            waiting[:0] = [one[key] for key in ("@graph", "mainEntity") if key in one]


def _main(tree: Any) -> str:
    _strip(tree)
    for found in ("//main", "//*[@role='main']", "//article"):
        places = tree.xpath(found)
        if len(places) == 1:
            text = markdown(places[0])
            if len(text) >= _LEAST:
                return text
    _strip_menus(tree)
    return markdown(tree)


def _strip(tree: Any) -> None:
    """Take away what is no text of the page; a whole page in one such element is left."""
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or element.getparent() is None:
            continue
        tag, named = element.tag, f"{element.get('class') or ''} {element.get('id') or ''}"
        header = tag == "header" and not any(
            above.tag in ("main", "article") for above in element.iterancestors()
        )
        hidden = element.get("hidden") is not None or element.get("aria-hidden") == "true"
        furniture = tag in _FURNITURE or (element.get("role") or "").lower() in _ROLES
        block = tag in ("div", "section", "ul", "ol", "p", "a", "span", "form")
        if header or hidden or furniture or (block and _NAMED.search(named[:500])):
            element.drop_tree()


def _strip_menus(tree: Any) -> None:
    """For a page that does not say where its text is: take blocks of links away."""
    words, linked, links = _measured(tree)
    for element in list(tree.iter("div", "section", "ul", "ol", "table", "td", "p")):
        own = words[element]
        if links[element] >= _LISTS_OF_LINKS and linked[element] > 0.8 * own:
            parent = element.getparent()
            if parent is not None and words[tree] - own >= _LEAST:
                element.drop_tree()


def _measured(tree: Any) -> tuple[Counter[Any], Counter[Any], Counter[Any]]:
    """Letters, letters in links, and links of every element, in one walk."""
    words: Counter[Any] = Counter()
    linked: Counter[Any] = Counter()
    links: Counter[Any] = Counter()
    for element in reversed(list(tree.iter())):
        if not isinstance(element.tag, str):
            continue
        words[element] += len((element.text or "").strip())
        if element.tag == "a":
            linked[element] = words[element]
            links[element] = 1
        parent = element.getparent()
        if parent is not None:
            words[parent] += words[element] + len((element.tail or "").strip())
            linked[parent] += linked[element]
            links[parent] += links[element]
    return words, linked, links
