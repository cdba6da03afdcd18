"""A customer at the shop and a colleague at the desk, in real browsers and a real server."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import (
    ANA,
    JONAS,
    Screens,
    Server,
    picture,
    say,
    serious,
    texts,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

QUESTION = "How long can I return an item?"
ANSWER = "within 30 days of delivery"
PATIENCE = 30_000
SAID = "support-chat ol > li"


def answered(shop: Page, question: str = QUESTION) -> None:
    say(shop, question)
    shop.locator("support-chat li.assistant").first.wait_for(timeout=PATIENCE)


def handed_over(shop: Page) -> None:
    shop.get_by_role("button", name="Talk to a person", exact=True).click()
    expect(shop.get_by_text("A person will answer you here")).to_be_visible(timeout=PATIENCE)


def opened(desk: Page) -> None:
    """The newest conversation of the team's queue."""
    desk.locator(".row").first.click()
    desk.locator(".banner").wait_for()


def taken_over(desk: Page) -> None:
    desk.locator(".banner").get_by_role("button", name="Take over").click()
    expect(desk.locator(".thread-head .badge-me")).to_be_visible()


def reply(desk: Page, text: str) -> None:
    desk.get_by_label("Reply to").fill(text)
    desk.keyboard.press("Control+Enter")


def test_a_customer_is_answered_asks_for_a_person_and_gets_one(screens: Screens) -> None:
    shop = screens.shop(viewport={"width": 1280, "height": 800})
    answered(shop)
    assert ANSWER in texts(shop, ".assistant")[0]
    expect(shop.locator("support-chat .sources")).to_contain_text("Returns and refunds")
    picture(shop, "1-answer-with-source")
    handed_over(shop)

    desk = screens.desk()
    opened(desk)
    expect(desk.locator(".banner")).to_contain_text("The customer asked for a person.")
    expect(desk.locator(".log")).to_contain_text(QUESTION)
    desk.locator(".source").first.click()
    expect(desk.locator(".quoted blockquote")).to_contain_text(ANSWER)
    desk.get_by_role("button", name="How this was decided").first.click()
    expect(desk.locator(".verdict dl").first).to_contain_text("Quoted word for word")
    sentence = desk.locator(".sentences li").first
    expect(sentence.locator("p").first).to_contain_text(ANSWER)
    sentence.locator(".source").click()
    expect(sentence.locator("mark")).to_contain_text(ANSWER)
    expect(desk.locator(".customer")).to_contain_text("not in your role")
    picture(desk, "2-handed-over")

    taken_over(desk)
    asked = desk.locator(".msg-contact").first
    asked.get_by_role("button", name="Missing in the knowledge").click()
    expect(desk.locator(".toast")).to_contain_text("Noted as missing")
    reply(desk, "Hello, Ana here. Which item is it?")
    expect(shop.locator("support-chat li.user")).to_contain_text("Ana here", timeout=PATIENCE)
    expect(shop.locator("support-chat .who")).to_contain_text("Ana Ribeiro")
    expect(desk.locator(".msg-user .delivery")).to_have_text("Read", timeout=PATIENCE)
    picture(shop, "3-a-person-replied")

    say(shop, "The green tent.")
    expect(desk.locator(".msg-contact").last).to_contain_text("The green tent.", timeout=PATIENCE)
    before = texts(shop)
    shop.reload()
    desk.reload()
    expect(shop.locator(SAID)).to_have_count(len(before), timeout=PATIENCE)
    assert texts(shop) == before
    expect(desk.locator(".log")).to_contain_text("The green tent.")
    expect(desk.locator(".log")).to_contain_text("Ana Ribeiro took over.")
    picture(desk, "4-after-reload")


def test_a_restart_in_mid_conversation_loses_nothing(screens: Screens, server: Server) -> None:
    shop = screens.shop()
    answered(shop)
    handed_over(shop)
    desk = screens.desk()
    opened(desk)
    taken_over(desk)

    server.kill()
    for text in ("First while away.", "Second while away."):
        say(shop, text)
    expect(shop.locator("support-chat li.pending")).to_have_count(2)
    expect(desk.get_by_text("Connection lost")).to_be_visible(timeout=PATIENCE)
    reply(desk, "Written while the server was away.")
    expect(desk.locator(".is-failed")).to_contain_text("Not sent")
    server.start()

    expect(shop.locator("support-chat li.pending")).to_have_count(0, timeout=PATIENCE)
    expect(desk.get_by_text("Connection lost")).to_be_hidden(timeout=40_000)
    expect(desk.locator(".msg-contact").last).to_contain_text("Second while away.", timeout=40_000)
    desk.get_by_role("button", name="Try again").click()
    expect(shop.locator("support-chat li.user")).to_contain_text("away.", timeout=40_000)
    assert [text for text in texts(shop, ".contact") if "while away" in text] == [
        "First while away.",
        "Second while away.",
    ]
    assert len(texts(shop, ".user")) == 1


def test_a_text_survives_a_reload_before_it_was_sent(screens: Screens) -> None:
    shop = screens.shop()
    answered(shop)
    shop.route("**/widget/*/messages", lambda route: route.abort())
    say(shop, "Please do not lose this.")
    expect(shop.locator("support-chat li.pending")).to_have_count(1)
    shop.unroute("**/widget/*/messages")
    shop.reload()
    expect(shop.get_by_text("Please do not lose this.")).to_have_count(1)
    expect(shop.locator("support-chat li.pending")).to_have_count(0, timeout=PATIENCE)
    assert texts(shop, ".contact") == [QUESTION, "Please do not lose this."]


def test_without_streams_the_widget_asks_instead(screens: Screens) -> None:
    shop = screens.page()
    shop.route("**/events?*", lambda route: route.fulfill(status=404, body="{}"))
    shop.goto(screens.server.url)
    shop.get_by_role("button", name="Open the chat").click()
    answered(shop)
    assert ANSWER in texts(shop, ".assistant")[0]
    # The browser logs the refused streams; nothing else was said.
    screens.said = [said for said in screens.said if "status of 404" not in said]


def test_a_conversation_that_was_closed_is_followed_by_a_new_one(screens: Screens) -> None:
    shop = screens.shop()
    answered(shop)
    handed_over(shop)
    desk = screens.desk()
    opened(desk)
    taken_over(desk)
    desk.get_by_role("button", name="Close", exact=True).click()
    expect(desk.get_by_text("This conversation is closed. A new message")).to_be_visible()
    expect(shop.locator("support-chat .notice")).to_contain_text("has ended", timeout=PATIENCE)
    before = len(texts(shop))
    say(shop, "What does shipping to Austria cost?")
    expect(shop.locator(SAID)).to_have_count(before + 2, timeout=PATIENCE)
    assert "EUR 6.90" in texts(shop)[-1]


def test_a_colleague_who_was_faster_is_shown_and_the_draft_is_kept(screens: Screens) -> None:
    shop = screens.shop()
    answered(shop)
    handed_over(shop)
    slow = screens.page(viewport={"width": 1440, "height": 900})
    slow.route("**/api/v1/live", lambda route: route.abort())  # this window hears of nothing
    slow.goto(f"{screens.server.url}/desk/")
    slow.get_by_label("E-mail").fill(JONAS)
    slow.get_by_label("Password").fill(screens.server.passwords[JONAS])
    slow.get_by_role("button", name="Sign in").click()
    opened(slow)
    taken_over(slow)
    slow.get_by_label("Reply to").fill("My careful answer.")

    fast = screens.desk(ANA)
    fast.get_by_role("button", name="All open").click()
    fast.locator(".row").first.click()
    fast.get_by_role("button", name="Assign").click()
    fast.get_by_role("dialog").get_by_role("button", name="Ana Ribeiro").click()
    reply(fast, "My quick answer.")
    expect(shop.locator("support-chat li.user")).to_contain_text("quick", timeout=PATIENCE)

    slow.get_by_label("Reply to").press("Control+Enter")
    expect(slow.locator(".conflict")).to_contain_text("was not sent")
    expect(slow.locator(".log")).to_contain_text("My quick answer.")
    expect(slow.locator(".composer")).to_contain_text("Your draft is kept.")
    slow.get_by_role("button", name="Assign").click()
    slow.get_by_role("dialog").get_by_role("button", name="Jonas Feld").click()
    expect(slow.get_by_label("Reply to")).to_have_value("My careful answer.")
    # The browser logs the refusal; nothing else was said.
    screens.said = [said for said in screens.said if "status of 409" not in said]


def test_a_shift_needs_no_mouse(screens: Screens) -> None:
    shop = screens.shop()
    answered(shop)
    handed_over(shop)
    desk = screens.desk()
    keys = desk.keyboard
    keys.press("j")
    expect(desk.locator(".banner")).to_contain_text("asked for a person")
    keys.press("n")
    keys.type("Waits for an answer about a tent.")
    keys.press("Control+Enter")
    expect(desk.locator(".msg-note")).to_contain_text("about a tent")
    keys.press("Escape")
    keys.press("t")
    expect(desk.get_by_label("Reply to")).to_be_focused()
    keys.type("Hello from the keyboard.")
    keys.press("Control+Enter")
    expect(shop.locator("support-chat li.user")).to_contain_text("keyboard", timeout=PATIENCE)
    assert all("tent" not in text for text in texts(shop, ".user"))  # notes stay inside
    keys.press("Control+k")
    keys.type("hand back")
    keys.press("Enter")
    expect(desk.locator(".thread-head .badge-ai")).to_be_visible()
    expect(shop.locator("support-chat .who")).to_contain_text("AI assistant", timeout=PATIENCE)
    keys.press("Escape")
    keys.press("?")
    expect(desk.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    keys.press("Escape")
    keys.press("e")
    expect(desk.get_by_text("This conversation is closed. A new message")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 375])
def test_axe_finds_nothing_serious(screens: Screens, scheme: str, width: int) -> None:
    options: dict[str, Any] = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    options["reduced_motion"] = "reduce"  # a text that fades in has no contrast yet
    door = screens.page(**options)
    door.goto(f"{screens.server.url}/desk/")
    door.get_by_label("Password").wait_for()
    assert serious(door) == []

    shop = screens.shop(**options)
    answered(shop)
    assert serious(shop) == []
    picture(shop, f"shop-{scheme}-{width}")

    desk = screens.desk(**options)
    assert serious(desk) == []
    picture(desk, f"list-{scheme}-{width}")
    desk.locator(".row").first.click()
    desk.locator(".msg").first.wait_for()
    assert serious(desk) == []
    picture(desk, f"thread-{scheme}-{width}")
    desk.get_by_role("button", name="What the model saw").click()
    desk.get_by_text("No model was asked").wait_for()
    assert serious(desk) == []
    wide = desk.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
