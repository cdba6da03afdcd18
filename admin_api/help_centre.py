"""The help centre: released knowledge as public pages, without cookies and without a script.

A unit has one as soon as its live release holds documents for everybody. What is shown is what the
assistant answers from: the same release, whose number is on every page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from access import limits, people
from admin_api import help_pages, help_words, markup
from admin_api.deps import open_to, source_of
from admin_api.help_pages import Centre
from connectors import accounts
from knowledge import public
from knowledge.public import Article, Shelf
from runtime import settings
from runtime.database import open_session
from runtime.errors import NotFound, TooMany
from runtime.scope import NOBODY, Scope

router = APIRouter(include_in_schema=False)

MINUTE = timedelta(minutes=1)
READERS = open_to("readers: knowledge that is released for everybody")
SEARCHES = 30
"""A minute and place in the network: far more than a person types."""
CACHED = "public, max-age=60"
"""A withdrawn article may be shown from a cache for this long, and no longer."""
_LONGEST = 200
_NUMBER = re.compile(r"[0-9]{1,18}")

Word = Annotated[str, Query()]


@router.get("/robots.txt", dependencies=[READERS])
def robots(request: Request) -> PlainTextResponse:
    """Search engines may read the help centres and nothing else."""
    lines = ["User-agent: *", "Allow: /help/", "Allow: /web/help/", "Disallow: /"]
    with open_session(NOBODY, read_only=True) as session:
        units = people.units(session)
    open_ones = (unit.name for unit in units if public.shelf(unit.id).articles)
    lines.extend(f"Sitemap: {_base(request)}/help/{name}/sitemap.xml" for name in open_ones)
    return PlainTextResponse("\n".join(lines) + "\n", headers={"cache-control": CACHED})


@router.get("/help/{unit}/sitemap.xml", dependencies=[READERS])
def sitemap(unit: str, request: Request) -> Response:
    """The addresses of all articles, for search engines."""
    try:
        centre = _centre(unit, "", request)
    except NotFound:
        return _lost(unit, "", request)

    def write() -> str:
        homes = [(centre.at(language=code), None) for code in centre.shelf.languages]
        own = [(centre.of(each), each.updated) for each in centre.shelf.articles]
        rows = "".join(
            f"<url><loc>{centre.base}{place}</loc>"
            + (f"<lastmod>{day.isoformat()}</lastmod>" if day else "")
            + "</url>\n"
            for place, day in [*homes, *own]
        )
        space = "http://www.sitemaps.org/schemas/sitemap/0.9"
        head = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{space}">\n'
        return f"{head}{rows}</urlset>\n"

    return _cached(request, centre, write, "application/xml")


@router.get("/help/{unit}", dependencies=[READERS])
def any_language(unit: str, request: Request) -> Response:
    """On to the reader's own language, or to the one with most articles."""
    try:
        centre = _centre(unit, "", request)
    except NotFound:
        return _lost(unit, "", request)
    code = help_words.wished(request.headers.get("accept-language", ""), centre.shelf.languages)
    headers = {"vary": "Accept-Language", "cache-control": CACHED}
    return RedirectResponse(centre.at(language=code), headers=headers)


@router.get("/help/{unit}/{language}", dependencies=[READERS])
def home(unit: str, language: str, request: Request) -> Response:
    """The sections of a language with their articles."""
    return _page(unit, language, request, help_pages.home)


@router.get("/help/{unit}/{language}/sections/{source}", dependencies=[READERS])
def section(unit: str, language: str, source: str, request: Request, page: Word = "1") -> Response:
    """One page of the articles of a section."""

    def write(centre: Centre) -> str:
        own = [each for each in centre.shelf.of(centre.language) if str(each.source_id) == source]
        number = int(page) if _NUMBER.fullmatch(page) else 0
        if not own or not 1 <= number <= help_pages.pages(len(own)):
            raise NotFound("no such page")
        return help_pages.section(centre, own[0].source_id, number)

    return _page(unit, language, request, write)


@router.get("/help/{unit}/{language}/articles/{place}", dependencies=[READERS])
def article(
    unit: str,
    language: str,
    place: str,
    request: Request,
    begin: Annotated[str, Query(alias="from")] = "",
    to: Word = "",
    version: Word = "",
) -> Response:
    """An article. `from` and `to` mark the characters of a version that an answer quoted."""
    try:
        centre = _centre(unit, language, request)
        number = place.partition("-")[0]
        found = centre.shelf.article(int(number) if _NUMBER.fullmatch(number) else 0)
        address = centre.of(found)
        if address != f"/help/{unit}/{language}/articles/{quote(place, safe='')}":
            # an older title, or another language's address: there is one address only
            return RedirectResponse(address, 301, headers={"cache-control": CACHED})
        cited = _cited(found, begin, to, version)
        return _cached(request, centre, lambda: _article(centre, found, cited))
    except NotFound:
        return _lost(unit, language, request)


def _article(centre: Centre, found: Article, cited: tuple[int, int] | None) -> str:
    def find(name: str) -> str | None:
        path = name.partition("#")[0]
        folder = found.name.rpartition("/")[0]
        inside = f"{folder}/{path}" if folder else path
        other = centre.shelf.named(found.source_id, inside.replace("/./", "/").removeprefix("./"))
        return centre.of(other) if other is not None else None

    text = public.text_of(centre.shelf.unit_id, found)
    shown = markup.render(text, found.title, cited=cited, find=find)
    return help_pages.article(centre, found, shown)


def _cited(found: Article, begin: str, to: str, version: str) -> tuple[int, int] | None:
    """The characters to mark, if they are of the version that is shown."""
    if version not in ("", str(found.version)):
        return None
    if not _NUMBER.fullmatch(begin) or not _NUMBER.fullmatch(to):
        return None
    return int(begin), int(to)


@router.get("/help/{unit}/{language}/search", dependencies=[READERS])
def search(unit: str, language: str, request: Request, q: Word = "") -> Response:
    """The articles that fit some words."""
    asked = " ".join("".join(sign for sign in q if sign.isprintable()).split())[:_LONGEST]
    try:
        centre = _centre(unit, language, request)
    except NotFound:
        return _lost(unit, language, request)
    try:
        limits.count("help search", source_of(request), most=SEARCHES, within=MINUTE)
    except TooMany as error:
        wait = {"retry-after": str(error.retry_after), "cache-control": "no-store"}
        return HTMLResponse(help_pages.told(centre, "busy"), 429, headers=wait)
    hits = public.search(centre.shelf.unit_id, asked, language=language)
    # what somebody looks for is nobody's business but theirs
    return HTMLResponse(
        help_pages.results(centre, asked, hits), headers={"cache-control": "no-store"}
    )


@router.get("/help/{unit}/{language}/chat", dependencies=[READERS])
def chat(unit: str, language: str, request: Request) -> Response:
    """The unit's chat, where it has one."""

    def write(centre: Centre) -> str:
        if centre.chat is None:
            raise NotFound("no chat")
        return help_pages.chat(centre)

    return _page(unit, language, request, write)


@router.get("/help/{unit}/{language}/{rest:path}", dependencies=[READERS])
def elsewhere(unit: str, language: str, rest: str, request: Request) -> Response:  # noqa: ARG001
    """A page that there is not."""
    return _lost(unit, language, request)


def _page(unit: str, language: str, request: Request, write: Callable[[Centre], str]) -> Response:
    try:
        centre = _centre(unit, language, request)
        return _cached(request, centre, lambda: write(centre))
    except NotFound:
        return _lost(unit, language, request)


def _cached(
    request: Request, centre: Centre, write: Callable[[], str], kind: str = "text/html"
) -> Response:
    """The page, or word that the reader has it already."""
    shelf = centre.shelf
    state = (
        _build(), shelf.stamp, shelf.release, shelf.day, centre.title, centre.chat, centre.base,
        request.url.path, request.url.query,
    )  # fmt: skip
    mark = f'"{shelf.release}-{sha256(repr(state).encode()).hexdigest()[:20]}"'
    headers = {"etag": mark, "cache-control": CACHED}
    if mark in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(write(), media_type=f"{kind}; charset=utf-8", headers=headers)


def _lost(unit: str, language: str, request: Request) -> Response:
    """404 in the reader's language; within a help centre, with a way back into it."""
    try:
        there = _centre(unit, "", request)
    except NotFound:
        code = help_words.wished(
            request.headers.get("accept-language", ""), ("en", *help_words.languages())
        )
        said = help_words.words(code).say("lost")
        return PlainTextResponse(said, 404, headers={"cache-control": CACHED})
    known = there.shelf.languages
    code = (
        language
        if language in known
        else help_words.wished(request.headers.get("accept-language", ""), known)
    )
    page = help_pages.told(_centre(unit, code, request), "lost", "lost_hint")
    return HTMLResponse(page, 404, headers={"cache-control": CACHED})


def _centre(name: str, language: str, request: Request) -> Centre:
    """A unit's help centre in a language ("": the first). Raises `NotFound` if there is none."""
    unit_id, title, chat_account = _unit(name)
    shelf: Shelf = public.shelf(unit_id)
    spoken = language or next(iter(shelf.languages), "")
    if not shelf.articles or spoken not in shelf.languages:
        raise NotFound("no such help centre")
    return Centre(name, title, _base(request), spoken, shelf, chat_account)


def _base(request: Request) -> str:
    public_url = settings.current().public_url
    if public_url is not None:
        return str(public_url).rstrip("/")
    return f"{request.url.scheme}://{request.url.netloc}"


def _unit(name: str) -> tuple[int, str, str | None]:
    """A unit's id, its title, and the web account whose chat may be offered."""
    with open_session(NOBODY, read_only=True) as session:
        unit = people.unit_named(session, name.replace("\0", "\ufffd"))  # no column takes NUL
    with open_session(Scope.of(unit.id), read_only=True) as session:
        rows = accounts.list_accounts(session, people.system(unit.id))
    chats = [row.name for row in rows if row.channel == "web" and row.status == "active"]
    return unit.id, unit.title or unit.name, chats[0] if chats else None


def cited(
    unit_id: int, sources: Sequence[Mapping[str, Any]], request: Request
) -> list[dict[str, Any]]:
    """The passages of an answer as a customer sees them, each with where it can be read.

    One that has no address of its own is shown in the help centre, with the words that were
    quoted marked, as long as that version of it is served to everybody.
    """
    found = []
    for source in sources:
        shown = {
            name: source[name] for name in ("title", "heading", "url", "release") if name in source
        }
        if "url" not in shown and (place := _place(unit_id, source)):
            shown["url"] = _base(request) + place
        found.append(shown)
    return found


def _place(unit_id: int, source: Mapping[str, Any]) -> str | None:
    shelf = public.shelf(unit_id)
    for each in shelf.articles:
        if (each.document_id, each.version) == (source.get("document_id"), source.get("version")):
            with open_session(NOBODY, read_only=True) as session:
                (unit,) = people.units(session, [unit_id])
            centre = Centre(unit.name, unit.title, "", each.language, shelf, None)
            marks = {"from": source.get("start"), "to": source.get("end"), "version": each.version}
            return f"{centre.of(each)}?{urlencode(marks)}#cited"
    return None


@cache
def _build() -> str:
    """What the pages are made by: a new version of them must not be taken for the old one."""
    here = Path(__file__).resolve().parent
    made = [*sorted(here.glob("help_*")), here / "markup.py", here / "html.py"]
    return sha256(b"".join(path.read_bytes() for path in made)).hexdigest()[:12]
