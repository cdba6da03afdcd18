"""The help centre in a browser without JavaScript and without cookies, and its chat with it."""

from __future__ import annotations

import re

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import Screens, Server, picture, serious

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def reader(screens: Screens, path: str, width: int = 1280, **options: object) -> Page:
    """A reader whose browser runs no scripts of the page."""
    options = {"java_script_enabled": False, "viewport": {"width": width, "height": 900}, **options}
    page = screens.page(**options)
    page.goto(f"{screens.server.url}{path}")
    return page


def test_a_reader_finds_an_article_and_the_passage_without_a_script(screens: Screens) -> None:
    page = reader(screens, "/help/europe")
    expect(page).to_have_url(re.compile("/help/europe/en$"))
    picture(page, "help-home")
    page.get_by_label("Search the help").fill("How long can I return an item?")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Results for")
    picture(page, "help-results")
    page.get_by_role("link", name="Returns and refunds").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Returns and refunds")
    expect(page.locator("#cited")).to_be_in_viewport()
    expect(page.locator("meta[name=frontdesk-release]")).to_have_attribute("content", "1")
    picture(page, "help-article-cited")
    page.get_by_role("navigation", name="Language").get_by_role("link", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.get_by_role("link", name="Rückgabe, Umtausch und Erstattung").click()
    expect(page.get_by_role("contentinfo").last).to_contain_text("Ausgabe 1 vom")
    assert page.context.cookies() == []


def test_what_is_not_there_is_said_with_a_way_on(screens: Screens) -> None:
    page = reader(screens, "/help/japan/ja/articles/99999")
    expect(page.get_by_role("heading", level=1)).to_have_text("このページはありません")
    picture(page, "help-lost")
    page.get_by_role("main").get_by_role("link", name="ヘルプ").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ヘルプ")
    page.goto(f"{screens.server.url}/help/brazil/pt/search?q=xilofone")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Nada foi encontrado sobre “xilofone”."
    )
    # The page that was looked for in vain is in the browser's log.
    screens.said = [said for said in screens.said if "status of 404" not in said]


def test_who_wants_to_write_is_led_to_the_chat(screens: Screens) -> None:
    page = screens.page()
    page.goto(f"{screens.server.url}/help/europe/de/chat")
    expect(page.get_by_label("Ihre Nachricht")).to_be_visible()
    picture(page, "help-chat")
    silent = reader(screens, "/help/europe/de/chat")
    expect(silent.get_by_text("Der Chat braucht JavaScript.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_axe_finds_nothing_serious(screens: Screens, scheme: str, width: int) -> None:
    # axe is a script itself: it runs where scripts run
    screen = {"width": width, "height": 800}
    page = screens.page(viewport=screen, color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{screens.server.url}/help/europe/en")
    article = page.get_by_role("link", name="Returns and refunds").get_attribute("href")
    for name, path in {
        "home": "/help/europe/en",
        "results": "/help/europe/de/search?q=Zelt",
        "nothing": "/help/europe/en/search?q=xylophone",
        "article": article,
        "chat": "/help/brazil/pt/chat",
    }.items():
        page.goto(f"{screens.server.url}{path}")
        assert serious(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        picture(page, f"help-{name}-{scheme}-{width}")


def test_no_answer_of_the_help_centre_sets_a_cookie(server: Server) -> None:
    for path in ("/help/europe/en", "/help/europe/en/search?q=tent", "/robots.txt"):
        answer = httpx2.get(f"{server.url}{path}")
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
