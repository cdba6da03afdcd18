"""Where a page leads, and what a sitemap lists. Runs in the process that reads files."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from knowledge.loaders import Refused
from knowledge.loaders.html import parsed, robots

_MOST_LINKS = 5_000
_MOST_LISTED = 50_000
"""A sitemap may list no more (sitemaps.org)."""

_LONGEST = 2_000


def outline(content: bytes) -> dict[str, Any]:
    """A page's links (as they are written, made whole by its <base>), canonical address, robots."""
    said = robots(content)
    try:
        tree = parsed(content)
    except Refused:
        return {"links": [], "canonical": None, "robots": sorted(said)}
    base = next((each.get("href") or "" for each in tree.iter("base")), "")
    links: dict[str, None] = {}
    for link in tree.iter("a", "area"):
        target = (link.get("href") or "").strip()
        followed = "nofollow" not in (link.get("rel") or "").lower()
        if target and followed and len(target) <= _LONGEST and not target.startswith("#"):
            links[joined(base, target)] = None
        if len(links) >= _MOST_LINKS:
            break
    canonical = next(
        (
            each.get("href")
            for each in tree.iter("link")
            if (each.get("rel") or "").lower() == "canonical"
        ),
        None,
    )
    return {
        "links": list(links),
        "canonical": joined(base, canonical.strip()[:_LONGEST]) if canonical else None,
        "robots": sorted(said),
    }


def joined(base: str, target: str) -> str:
    """A link made whole; as it is where that is impossible."""
    try:
        return urljoin(base, target)
    except ValueError:
        return target


def sitemap(content: bytes) -> dict[str, Any]:
    """Pages and further sitemaps that a sitemap lists. Raises `Refused`."""
    from lxml.etree import (  # type: ignore[import-untyped] # the package carries no types
        XMLParser,
        XMLSyntaxError,
        fromstring,
    )

    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"<":  # the plain form: one address a line
        lines = content.decode("utf-8", "replace").split()
        return {"pages": [x for x in lines if x.startswith("http")][:_MOST_LISTED], "sitemaps": []}
    parser = XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = fromstring(content, parser)
    except XMLSyntaxError:
        raise Refused("is not a readable sitemap") from None
    found: dict[str, list[str]] = {"url": [], "sitemap": []}
    for place in root.iter("{*}loc"):
        parent = place.getparent()
        kind = "" if parent is None else str(parent.tag).rpartition("}")[2]
        text = (place.text or "").strip()
        if kind in found and text and len(text) <= _LONGEST:
            found[kind].append(text)
    return {"pages": found["url"][:_MOST_LISTED], "sitemaps": found["sitemap"][:1000]}
