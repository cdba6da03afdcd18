"""robots.txt: what a site asks of its visitors. RFC 9309, and the usual Crawl-delay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

MAX_BYTES = 500 * 1024
"""As much as RFC 9309, 2.5, wants to be read."""

_MOST_RULES = 2_000
_LONGEST_DELAY = 120.0


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules for one visitor: (pattern, allowed), the pause it shall make, the site's maps."""

    rules: tuple[tuple[str, bool], ...] = ()
    delay: float = 0.0
    """Seconds between two requests."""
    sitemaps: tuple[str, ...] = ()

    def allows(self, url: str) -> bool:
        """The longest pattern that fits decides; of two as long the one that allows."""
        parts = urlsplit(url)
        path = _plain(parts.path or "/") + (f"?{_plain(parts.query)}" if parts.query else "")
        fitting = [
            (len(pattern), allowed) for pattern, allowed in self.rules if _fits(pattern, path)
        ]
        return max(fitting)[1] if fitting else True


NOTHING = Robots((("/", False),))
"""For a site whose rules cannot be read: it may have some."""


def parse(text: str, agent: str) -> Robots:
    """The rules for the visitor of this name: its own groups together, else those for all."""
    groups: dict[str, list[tuple[str, bool]]] = {}
    delays: dict[str, float] = {}
    sitemaps: list[str] = []
    named: list[str] = []
    ruled = False
    for field, value in _fields(text):
        if field == "user-agent":
            named = [value.lower()] if ruled else [*named, value.lower()]
            ruled = False
            groups.setdefault(value.lower(), [])
        elif field in ("allow", "disallow"):
            ruled = True
            for name in named:
                if value and len(groups[name]) < _MOST_RULES:
                    groups[name].append((_plain(value), field == "allow"))
        elif field == "crawl-delay":
            ruled = True
            delays |= dict.fromkeys(named, _seconds(value))
        elif field == "sitemap":
            sitemaps.append(value)
    own = agent.lower() if agent.lower() in groups else "*"
    return Robots(tuple(groups.get(own, [])), delays.get(own, 0.0), tuple(sitemaps[:50]))


def _fields(text: str) -> Iterable[tuple[str, str]]:
    for line in text.splitlines():
        field, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield field.strip().lower(), value.strip()[:2000]


def _seconds(value: str) -> float:
    try:
        return min(max(0.0, float(value)), _LONGEST_DELAY)
    except ValueError:
        return 0.0


def _plain(path: str) -> str:
    """One spelling of escapes."""
    return quote(unquote(path), safe="/*$?=&;:@!'(),+~-._")


def _fits(pattern: str, path: str) -> bool:
    """Whether a pattern with "*" and a closing "$" fits the start of a path; never backtracks."""
    ends = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for number, piece in enumerate(rest):
        if ends and number == len(rest) - 1:
            return len(path) - len(piece) >= at and path.endswith(piece)
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return not ends or at == len(path)


def said_by_header(value: str, agent: str) -> set[str]:
    """Words of X-Robots-Tag; those for one visitor only count where they name this one."""
    found = set()
    for part in value.lower().split(","):
        name, colon, rest = part.partition(":")
        if not colon or name.strip() == agent.lower():
            found.add((rest if colon else name).strip())
    return found
