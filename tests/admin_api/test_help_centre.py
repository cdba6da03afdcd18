"""The help centre shows what is released for everybody, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from string import Formatter
from xml.etree import ElementTree

import pytest
import time_machine
from fastapi import Request

from access import people
from admin_api import help_centre, help_pages, help_words
from admin_api.help_pages import Centre
from bot import words as spoken
from knowledge import embedding, ingest, public, releases
from knowledge.models import Audience
from knowledge.public import Article, Shelf
from runtime import settings
from runtime.database import now, open_session
from runtime.errors import Unavailable
from runtime.scope import Scope
from tests.conftest import serve

DAY = timedelta(days=1)


def write(unit, name, text, *, title="", language="en", source="shop", **more):
    ingest.ingest_text(
        unit,
        source=source,
        name=name,
        title=title or name,
        text=text,
        language=language,
        principal=people.system(unit),
        **more,
    )


@pytest.fixture
def unit(company):
    unit = company["eu"].unit
    write(unit, "en/shipping.md", "# Shipping\n\nA parcel costs EUR 4.90.", title="Shipping")
    write(
        unit, "de/shipping.md", "# Versand\n\nEin Paket kostet 4,90 EUR. [Mehr](prices.md)",
        title="Versand", language="de",
    )  # fmt: skip
    write(unit, "de/prices.md", "# Preise\n\nAlles kostet etwas.", title="Preise", language="de")
    serve(unit)
    return unit


def address(unit, title):
    shelf = public.shelf(unit)
    found = next(each for each in shelf.articles if each.title == title)
    return Centre("eu", "eu", "", found.language, shelf, None).of(found)


def test_an_article_is_a_page_of_its_own_with_the_assistants_release(client, unit):
    answer = client.get(address(unit, "Shipping"))
    assert answer.status_code == 200
    assert "A parcel costs EUR 4.90." in answer.text
    assert answer.text.count("<h1>Shipping</h1>") == 1
    number = public.shelf(unit).release
    assert f'<meta name="frontdesk-release" content="{number}">' in answer.text
    assert f"Release {number} of <time" in answer.text
    assert "set-cookie" not in answer.headers
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert "style=" not in answer.text


def test_a_reader_is_sent_to_the_own_language(client, unit):
    answer = client.get("/help/eu", headers={"accept-language": "fr, de;q=0.8"})
    assert str(answer.url).endswith("/help/eu/de")
    assert '<html lang="de" dir="ltr">' in answer.text
    assert "Versand" in answer.text
    assert "Shipping" not in answer.text
    most = public.shelf(unit).languages[0]
    assert str(client.get("/help/eu", headers={"accept-language": "xx"}).url).endswith(most)


def test_the_switch_leads_to_the_same_article_else_to_the_languages_home(client, unit):
    page = client.get(address(unit, "Shipping")).text
    german = re.escape(address(unit, "Versand"))
    assert re.search(f'<a href="{german}" lang="de" hreflang="de">Deutsch</a>', page)
    assert f'hreflang="de" href="http://testserver{address(unit, "Versand")}"' in page
    assert 'rel="canonical" href="http://testserver' + address(unit, "Shipping") in page
    assert '<a href="/help/eu/en" lang="en"' in client.get(address(unit, "Preise")).text


def test_a_link_from_file_to_file_leads_to_the_article(client, unit):
    page = client.get(address(unit, "Versand")).text
    assert f'<a href="{address(unit, "Preise")}">Mehr</a>' in page


def test_an_address_with_another_title_or_language_leads_to_the_article(client, unit):
    place = address(unit, "Shipping")
    number = re.search(r"/(\d+)-", place)[1]
    for wrong in (f"/help/eu/de/articles/{number}", f"/help/eu/en/articles/{number}-old-title"):
        assert client.get(wrong, follow_redirects=False).status_code in (301, 404)
        assert str(client.get(wrong).url).endswith(place)


def hidden(unit):
    """One document of each kind that is not for everybody today."""
    today = now().date()
    write(unit, "expired.md", "Secretum lapsed.", valid_until=today - DAY)
    write(unit, "coming.md", "Secretum comes.", valid_from=today + DAY)
    write(unit, "customers.md", "Secretum of customers.", audience=Audience.CUSTOMERS)
    write(unit, "team.md", "Secretum of colleagues.", audience=Audience.TEAM)
    serve(unit)
    write(unit, "draft.md", "Secretum of a draft.")


def test_what_is_not_for_everybody_today_is_nowhere(client, unit, company):
    hidden(unit)
    for number in range(1, 40):
        answer = client.get(f"/help/eu/en/articles/{number}")
        assert "Secretum" not in answer.text
        assert company["jp"].secret not in answer.text  # the other unit's
    for page in ("/help/eu/en", "/help/eu/en/search?q=Secretum", "/help/eu/sitemap.xml"):
        text = client.get(page).text.replace("“Secretum”", "").replace('value="Secretum"', "")
        assert "ecretum" not in text
        assert not re.search("expired|coming|customers|team|draft", text)


def test_an_article_is_gone_on_the_day_after_its_last(client, unit):
    write(unit, "sale.md", "# Sale\n\nEUR 5.", title="Sale", valid_until=now().date())
    serve(unit)
    place = address(unit, "Sale")
    page = client.get(place)
    assert "Holds until" in page.text
    with time_machine.travel(now() + DAY):
        again = client.get(place, headers={"if-none-match": page.headers["etag"]})
        assert again.status_code == 404
        assert "EUR 5" not in again.text


def test_a_withdrawn_article_is_gone_at_once(client, unit):
    place = address(unit, "Versand")
    mark = client.get(place).headers["etag"]
    number = int(re.search(r"/(\d+)-", place)[1])
    with open_session(Scope.of(unit)) as session:
        releases.withdraw(session, people.system(unit), number, note="wrong")
    answer = client.get(place, headers={"if-none-match": mark})
    assert answer.status_code == 404
    assert "Diese Seite gibt es nicht" in answer.text
    assert client.get("/help/eu/de/search?q=Versand").text.count("/articles/") == 0


def test_what_does_not_exist_is_said_in_the_readers_language(client, unit):
    for place in ("articles/99999", "articles/x", "sections/1?page=99", "sections/x", "what/ever"):
        answer = client.get(f"/help/eu/de/{place}")
        assert answer.status_code == 404
        assert "Diese Seite gibt es nicht" in answer.text
        assert 'href="/help/eu/de"' in answer.text
    for place in ("/help/nowhere", "/help/nowhere/en", "/help/eu%00/en", "/help/eu/pt"):
        answer = client.get(place, headers={"accept-language": "en"})
        assert (answer.status_code, "does not exist" in answer.text) == (404, True)


def test_a_unit_without_public_documents_has_no_help_centre(client, company):
    with open_session(company["jp"].scope) as session:
        releases.withdraw(session, people.system(company["jp"].unit), 2, note="none")
    assert client.get("/help/jp").status_code == 404
    assert client.get("/help/jp/en").status_code == 404
    assert "/help/jp" not in client.get("/robots.txt").text


def test_a_page_is_not_sent_twice_until_something_changes(client, unit):
    place = address(unit, "Shipping")
    first = client.get(place)
    assert first.headers["cache-control"] == "public, max-age=60"
    mark = {"if-none-match": first.headers["etag"]}
    again = client.get(place, headers=mark)
    assert (again.status_code, again.content) == (304, b"")
    write(unit, "en/shipping.md", "# Shipping\n\nA parcel costs EUR 5.90.", title="Shipping")
    assert client.get(place, headers=mark).status_code == 304  # a draft changes nothing
    serve(unit)
    assert "EUR 5.90" in client.get(place, headers=mark).text


def test_a_quoted_passage_is_marked_in_the_version_it_is_of(client, unit):
    place = address(unit, "Shipping")
    assert '<mark id="cited">A parcel costs' in client.get(f"{place}?from=12&to=36&version=1").text
    for other in ("from=12&to=36&version=2", "from=x&to=36", "from=-1&to=9999999999", "to=5"):
        answer = client.get(f"{place}?{other}")
        assert (answer.status_code, "<mark" in answer.text) == (200, False)


def test_an_answer_in_the_chat_leads_to_its_passage(client, unit):
    """As long as the version that was quoted is served to everybody."""
    sources = [
        {"title": "Shipping", "document_id": 3, "version": 1, "start": 12, "end": 36, "release": 2},
        {"title": "Old", "url": "https://shop.example/old", "document_id": 3, "version": 1},
        {"title": "Demo"},
    ]
    number = int(re.search(r"/(\d+)-", address(unit, "Shipping"))[1])
    sources[0]["document_id"] = number
    request = Request({"type": "http", "scheme": "https", "server": ("desk.example", 443),
                       "path": "/", "headers": []})  # fmt: skip
    first, second, third = help_centre.cited(unit, sources, request)
    assert first["url"].startswith(f"https://desk.example{address(unit, 'Shipping')}?from=12&to=36")
    assert "document_id" not in first
    assert second["url"] == "https://shop.example/old"
    assert "url" not in third
    place = first["url"].removeprefix("https://desk.example")
    assert '<mark id="cited">A parcel costs' in client.get(place).text
    write(unit, "en/shipping.md", "# Shipping\n\nIt is free.", title="Shipping")
    serve(unit)
    assert "url" not in help_centre.cited(unit, sources, request)[0]


def test_a_search_finds_the_passage(client, unit):
    answer = client.get("/help/eu/en/search?q=parcel costs")
    assert answer.headers["cache-control"] == "no-store"
    place = re.search(r'<a href="([^"]+#cited)"', answer.text)[1].replace("&amp;", "&")
    assert address(unit, "Shipping") in place
    assert '<mark id="cited">' in client.get(place).text


def test_a_search_without_result_is_no_error(client, unit):
    odd = ("xylophone", "%00%01", "' OR 1=1 --", "%F0%9F%98%80", "a" * 5000, "%3Cscript%3E")
    for words in odd:
        answer = client.get(f"/help/eu/en/search?q={words}")
        assert answer.status_code == 200
        assert "<script" not in answer.text
    answer = client.get("/help/eu/en/search?q=xylophone")
    assert "Nothing was found for “xylophone”." in answer.text
    assert 'href="/help/eu/en/chat"' in answer.text
    assert "Shipping" in client.get("/help/eu/en/search").text  # no words: everything


def test_searches_are_limited_by_place(client, unit):
    for _ in range(30):
        assert client.get("/help/eu/en/search?q=parcel").status_code == 200
    answer = client.get("/help/eu/en/search?q=parcel")
    assert answer.status_code == 429
    assert "Please wait a minute" in answer.text
    assert int(answer.headers["retry-after"]) > 0
    assert client.get("/help/eu/en").status_code == 200


def test_a_visitors_words_go_to_no_embedding_endpoint(client, unit, configured):
    asked = []

    def refuse(texts):
        asked.extend(texts)
        raise Unavailable("this must not be asked")

    settings.use(configured.model_copy(update={"embedding": "openai"}))
    embedding.forget()
    embedding.use_endpoint(refuse)
    try:
        page = client.get("/help/eu/en/search?q=parcel").text
    finally:
        embedding.use_endpoint(None)
        settings.use(configured)
        embedding.forget()
    assert "A parcel costs EUR 4.90." in page
    assert asked == []


def test_the_chat_page_is_the_only_one_with_a_script(client, unit):
    page = client.get("/help/eu/de/chat").text
    assert '<support-chat account="web-eu" lang="de">' in page
    assert "Der Chat braucht JavaScript." in page


def test_search_engines_are_told_of_articles_and_of_nothing_else(client, unit):
    lines = client.get("/robots.txt").text.splitlines()
    assert {"Allow: /help/", "Disallow: /"} <= set(lines)
    assert "Sitemap: http://testserver/help/eu/sitemap.xml" in lines
    tree = ElementTree.fromstring(client.get("/help/eu/sitemap.xml").content)  # noqa: S314 - ours
    places = [each.text for each in tree.iter() if each.tag.endswith("loc")]
    assert f"http://testserver{address(unit, 'Shipping')}" in places
    assert len(places) == 2 + 4
    assert 'content="noindex"' in client.get("/help/eu/en/search?q=parcel").text


def many(count, **more):
    article = Article(1, 1, 1, "shop", "a.md", "Article", "en", None, None, date(2026, 1, 1))
    own = tuple(
        replace(article, document_id=at, name=f"{at}.md", title=f"Article {at:03}", **more)
        for at in range(count)
    )
    return Centre("eu", "Shop", "", "en", Shelf(1, 3, None, "s", date(2026, 1, 1), own), None)


def test_a_long_list_comes_in_pages():
    centre = many(250)
    first = help_pages.home(centre)
    assert first.count("/articles/") == help_pages.PER_PAGE
    assert "Page 1 of 3" in first
    last = help_pages.section(centre, 1, 3)
    assert last.count("/articles/") == 50
    assert 'rel="next"' not in last


def test_sections_show_their_first_articles():
    centre = many(20)
    own = centre.shelf.articles
    two = replace(centre.shelf, articles=(*own, replace(own[0], source_id=2, source="Club")))
    page = help_pages.home(replace(centre, shelf=two))
    assert page.count("/articles/") == help_pages.IN_SECTION + 1
    assert "All 20 articles" in page
    assert page.index("Club") < page.index(">shop<")


@pytest.mark.parametrize("language", ["ar", "he", "fa"])
def test_some_languages_are_written_from_the_right(language):
    centre = replace(many(3, language=language), language=language)
    assert 'dir="rtl"' in help_pages.home(centre)


def test_every_language_of_the_assistant_has_every_phrase():
    assert set(help_words.languages()) == set(spoken.LANGUAGES)
    english = help_words.words("en").phrases
    for language in help_words.languages():
        own = help_words.words(language).phrases
        assert own.keys() == english.keys()
        for phrase, text in own.items():
            assert fields(text) == fields(english[phrase]), (language, phrase)
    assert help_words.words("pt-BR").code == "pt"
    assert help_words.words("th").code == "en"


def fields(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}
