"""The pages of the help centre: plain HTML, complete without a script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, urlencode

from admin_api import markup
from admin_api.help_words import Words, direction, name_of, words
from admin_api.html import Child, Html, tag
from admin_api.markup import Rendered
from knowledge.public import Article, Hits, Shelf
from knowledge.retrieval import Passage

PER_PAGE = 100
"""Articles of one list; a page of 700 would take seconds on a phone."""
IN_SECTION = 8
"""Articles of a section on the first page."""
SNIPPET = 240


@dataclass(frozen=True, slots=True)
class Centre:
    """What every page of a unit's help centre needs to know."""

    name: str
    title: str
    base: str
    """Scheme and host, without a slash at the end."""
    language: str
    shelf: Shelf
    chat: str | None
    """The web account whose chat may be offered."""

    @property
    def words(self) -> Words:
        """The words around the articles."""
        return words(self.language)

    def at(self, *parts: object, language: str | None = None) -> str:
        """An address within the help centre."""
        inside = "/".join(quote(str(part), safe="") for part in parts)
        home = f"/help/{self.name}/{quote(language or self.language, safe='')}"
        return f"{home}/{inside}" if inside else home

    def of(self, article: Article) -> str:
        """The address of an article."""
        words_of_it = markup.slug(article.title)
        place = f"{article.document_id}-{words_of_it}" if words_of_it else article.document_id
        return self.at("articles", place, language=article.language)


@dataclass(frozen=True, slots=True)
class Others:
    """The same page in other languages, by language; `canonical` is the page's own address."""

    canonical: str | None
    pages: dict[str, str]


def home(centre: Centre) -> str:
    """All sections with their first articles; a single section is shown as a list."""
    own = centre.shelf.of(centre.language)
    sections = _sections(own)
    if len(sections) == 1:
        return section(centre, own[0].source_id, 1)
    say = centre.words.say
    body = [
        tag(
            "section",
            tag("h2", name, id=f"section-{number}"),
            _titles(centre, articles[:IN_SECTION]),
            _all_of(centre, number, len(articles)),
            aria_labelledby=f"section-{number}",
        )
        for number, (name, articles) in sections.items()
    ]
    return _page(
        centre,
        say("help"),
        [_hero(centre), tag("div", *body, class_="sections")],
        Others(centre.at(), _homes(centre)),
    )


def section(centre: Centre, source_id: int, number: int) -> str:
    """One page of a section's articles. The caller has checked that there is such a page."""
    say = centre.words.say
    own = [each for each in centre.shelf.of(centre.language) if each.source_id == source_id]
    alone = len(_sections(centre.shelf.of(centre.language))) == 1
    part = own[(number - 1) * PER_PAGE : number * PER_PAGE]
    name = say("articles") if alone else own[0].source
    here = centre.at() if alone and number == 1 else _section_page(centre, source_id, number)
    listed = tag(
        "section",
        tag("h2" if alone and number == 1 else "h1", name, id="list"),
        _titles(centre, part),
        _pager(centre, source_id, number, pages(len(own))),
        aria_labelledby="list",
    )
    top = _hero(centre) if alone and number == 1 else None
    title = say("help") if alone and number == 1 else name
    return _page(centre, title, [top, listed], Others(here, _homes(centre)))


def pages(count: int) -> int:
    """How many pages a list of this many articles has."""
    return max(1, -(-count // PER_PAGE))


def article(centre: Centre, found: Article, text: Rendered) -> str:
    """One article with its headings and, at the end, how old it is."""
    say = centre.words.say
    dates = [tag("p", *_dated(say("updated", date="\0"), found.updated))]
    if found.valid_until is not None:
        dates.append(tag("p", *_dated(say("until", date="\0"), found.valid_until)))
    if found.url and found.url.startswith(("https://", "http://")):
        link = tag("a", say("original"), href=found.url, rel="nofollow noopener")
        dates.append(tag("p", link))
    body = tag(
        "article",
        tag("h1", found.title),
        _contents(centre, text),
        tag("div", text.html, class_="text"),
        tag("footer", *dates, _write(centre), class_="facts"),
        lang=found.language,
    )
    same = centre.shelf.counterparts(found)
    others = {code: centre.of(each) for code, each in same.items()}
    return _page(centre, found.title, [body], Others(centre.of(found), others))


def results(centre: Centre, query: str, hits: Hits) -> str:
    """What a search found; if nothing, what else one can do."""
    say = centre.words.say
    found = [each for each in hits.passages if _still_there(centre, each)]
    if hits.state == "unavailable":
        said = [tag("p", say("away"), class_="said"), *_everything(centre)]
    elif not query:
        said = _everything(centre)
    elif not found:
        said = [
            tag("h1", say("nothing", query=query)),
            tag("p", say("again"), class_="said") if centre.chat else None,
            _write(centre),
        ]
    else:
        rows = [tag("li", _hit(centre, each)) for each in found]
        said = [tag("h1", say("results", query=query)), tag("ol", *rows, class_="hits")]
    title = say("results", query=query) if query else say("search")
    return _page(centre, title, said, Others(None, _homes(centre)), query=query)


def told(centre: Centre, phrase: str, hint: str | None = None) -> str:
    """A page that says why there is nothing to see, and where to go on."""
    say = centre.words.say
    body = [
        tag("h1", say(phrase)),
        tag("p", say(hint), class_="said") if hint else None,
        tag("p", tag("a", say("help"), href=centre.at()), class_="said"),
        _write(centre),
    ]
    return _page(centre, say(phrase), body, Others(None, _homes(centre)))


def chat(centre: Centre) -> str:
    """The unit's chat: the only page with a script, and the only one that needs one."""
    say = centre.words.say
    body = [
        tag("h1", say("write")),
        tag("script", type="module", src="/web/help/chat.js"),
        tag("script", type="module", src="/web/widget/chat.js"),
        # what is inside is shown until the chat is there, and so without a script for good
        tag(
            "support-chat",
            tag("p", say("script"), class_="said"),
            account=centre.chat,
            lang=centre.words.code,
        ),
    ]
    return _page(centre, say("write"), body, Others(None, _homes(centre, "chat")))


def _page(
    centre: Centre, title: str, body: Iterable[Child], others: Others, query: str = ""
) -> str:
    say, code = centre.words.say, centre.words.code
    name = f"{centre.title} · {say('help')}"
    head = [
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="frontdesk-release", content=centre.shelf.release),
        tag("title", name if title == say("help") else f"{title} · {name}"),
        tag("link", rel="stylesheet", href="/web/help/help.css"),
        tag("link", rel="icon", href="/web/help/help.svg", type="image/svg+xml"),
        *_links(centre, others),
    ]
    top = tag(
        "header",
        tag("a", centre.title, " ", tag("span", say("help")), href=centre.at(), class_="brand"),
        _search(centre, query),
        _switch(centre, others),
    )
    main = tag("main", *body, id="content", tabindex=-1)
    # the words are English where we have none; the article says its own language
    shown = {"lang": code, "dir": direction(centre.language)}
    skip = tag("a", say("skip"), href="#content", class_="skip")
    written = tag("html", tag("head", *head), tag("body", skip, top, main, _foot(centre)), **shown)
    return f"<!doctype html>\n{written}\n"


def _links(centre: Centre, others: Others) -> list[Html]:
    if others.canonical is None:
        return [tag("meta", name="robots", content="noindex")]
    found = [tag("link", rel="canonical", href=centre.base + others.canonical)]
    if len(others.pages) > 1:
        found += [
            tag("link", rel="alternate", hreflang=code, href=centre.base + address)
            for code, address in others.pages.items()
        ]
    return found


def _hero(centre: Centre) -> Html:
    return tag("h1", centre.title, " ", tag("span", centre.words.say("help")), class_="hero")


def _search(centre: Centre, query: str) -> Html:
    say = centre.words.say
    return tag(
        "form",
        tag("label", say("search_label"), for_="q", class_="unseen"),
        tag(
            "input", type="search", id="q", name="q", value=query, maxlength=200,
            placeholder=say("search_label"), autocomplete="off",
        ),
        tag("button", say("search")),
        action=centre.at("search"),
        role="search",
    )  # fmt: skip


def _switch(centre: Centre, others: Others) -> Html | None:
    there = centre.shelf.languages
    if len(there) < 2:
        return None
    items = [
        tag(
            "li",
            tag(
                "a",
                name_of(code),
                href=others.pages.get(code) or centre.at(language=code),
                lang=code,
                hreflang=code,
                aria_current="page" if code == centre.language else None,
            ),
        )
        for code in sorted(there, key=name_of)
    ]
    return tag("nav", tag("ul", *items), aria_label=centre.words.say("languages"))


def _foot(centre: Centre) -> Html:
    shelf, say = centre.shelf, centre.words.say
    if shelf.released is None:
        return tag("footer", tag("p", centre.title))
    stated = _dated(say("release", number=shelf.release, date="\0"), shelf.released)
    write = tag("a", say("write"), href=centre.at("chat")) if centre.chat else None
    return tag(
        "footer", tag("p", centre.title), tag("p", write) if write else None, tag("p", *stated)
    )


def _dated(sentence: str, day: date) -> list[Child]:
    before, _, after = sentence.partition("\0")
    return [before, tag("time", day.isoformat(), datetime=day.isoformat()), after]


def _sections(own: Sequence[Article]) -> dict[int, tuple[str, list[Article]]]:
    """The articles by source, the sources by name."""
    found: dict[int, tuple[str, list[Article]]] = {}
    for each in sorted(own, key=lambda one: one.source.casefold()):
        found.setdefault(each.source_id, (each.source, []))[1].append(each)
    return found


def _titles(centre: Centre, articles: Iterable[Article]) -> Html:
    rows = [tag("li", tag("a", each.title, href=centre.of(each))) for each in articles]
    return tag("ul", *rows, class_="titles", lang=centre.language)


def _all_of(centre: Centre, source_id: int, count: int) -> Html | None:
    if count <= IN_SECTION:
        return None
    link = tag("a", centre.words.say("all", count=count), href=_section_page(centre, source_id, 1))
    return tag("p", link, class_="more")


def _section_page(centre: Centre, source_id: int, number: int) -> str:
    address = centre.at("sections", source_id)
    return address if number == 1 else f"{address}?{urlencode({'page': number})}"


def _pager(centre: Centre, source_id: int, number: int, last: int) -> Html | None:
    if last == 1:
        return None
    say = centre.words.say
    before = _section_page(centre, source_id, number - 1)
    after = _section_page(centre, source_id, number + 1)
    return tag(
        "p",
        tag("a", say("previous"), href=before, rel="prev") if number > 1 else None,
        tag("span", say("page", number=number, count=last)),
        tag("a", say("next"), href=after, rel="next") if number < last else None,
        class_="pager",
    )


def _contents(centre: Centre, text: Rendered) -> Html | None:
    """Links to the headings, where there are enough of them."""
    top = [each for each in text.headings if each.level == 2]
    if len(top) < 3:
        return None
    rows = [tag("li", tag("a", each.text, href=f"#{each.anchor}")) for each in top]
    said = centre.words.say("on_page")
    title = tag("h2", said, id="contents")
    return tag("nav", title, tag("ul", *rows), class_="contents", aria_labelledby="contents")


def _everything(centre: Centre) -> list[Child]:
    own = centre.shelf.of(centre.language)
    return [tag("h1", centre.words.say("articles")), _titles(centre, own[:PER_PAGE])]


def _still_there(centre: Centre, passage: Passage) -> Article | None:
    for each in centre.shelf.articles:
        if (each.document_id, each.version) == (passage.document_id, passage.version):
            return each
    return None


def _hit(centre: Centre, passage: Passage) -> Html:
    found = centre.shelf.article(passage.document_id)
    shown = {"from": passage.start, "to": passage.end, "version": passage.version}
    address = f"{centre.of(found)}?{urlencode(shown)}#cited"
    heading = passage.heading.removeprefix(found.title).removeprefix(" > ")
    foreign = found.language != centre.language
    return tag(
        "div",
        tag("a", found.title, href=address, hreflang=found.language if foreign else None),
        tag("small", name_of(found.language)) if foreign else None,
        tag("strong", heading) if heading else None,
        tag("p", markup.plain(passage.text, SNIPPET)),
        lang=found.language,
        dir=direction(found.language),
    )


def _write(centre: Centre) -> Html | None:
    if centre.chat is None:
        return None
    link = tag("a", centre.words.say("write"), href=centre.at("chat"), class_="button")
    return tag("p", link, class_="said")


def _homes(centre: Centre, *page: str) -> dict[str, str]:
    return {code: centre.at(*page, language=code) for code in centre.shelf.languages}
