"""Guardrails are tuned by two people at the console, and hold for the next customer."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.fakes import openai_stub
from tests.fakes.client import wait_for
from tests.fakes.openai_stub import Stub
from tests.journeys.browser import Screens, Server, picture, running, say, serious, texts

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ADMIN = "marek.nowotny@nordwind.example"
MANAGER = "keiko.arai@nordwind.example"
NUMBER = "MBQRST"
QUESTION = f"My member number is {NUMBER}. How long can I return an item?"


@pytest.fixture(scope="module")
def model() -> Iterator[Stub]:
    with openai_stub.running() as stub:
        yield stub


@pytest.fixture(scope="module")
def server(
    browser: Browser, model: Stub, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    asked = {
        "OPENAI_BASE_URL": model.url,
        "OPENAI_API_KEY": "sk-made-up",
        "FRONTDESK_REPLY_DELAY": "0",
    }
    with running(tmp_path_factory.mktemp("house"), {**os.environ, **asked}) as found:
        yield found


def console(screens: Screens, who: str, page_name: str, width: int = 1440) -> Page:
    page = screens.signed_in(who, f"/console/#/{page_name}", width, reduced_motion="reduce")
    expect(page.get_by_role("heading", level=1)).to_have_text(page_name.capitalize())
    return page


def draft(page: Page, note: str) -> Locator:
    """Draft what is live with one pattern more; leaves the new version open."""
    page.get_by_role("button", name="Draft a change").click()
    page.get_by_label("What it is for").fill(note)
    page.get_by_role("button", name="Add a pattern").click()
    pattern = page.get_by_role("group", name="pattern 1")
    pattern.get_by_role("textbox", name="Name", exact=True).fill("member-number")
    pattern.get_by_label("It is hidden as").select_option("USER_ID")
    pattern.get_by_label("Regular expression").fill(r"\b(MB+)+[A-Z]{4}\b")
    pattern.get_by_label("must find something").fill(f"I am {NUMBER}")
    pattern.get_by_label("must find nothing").fill("I am a member")
    page.get_by_role("button", name="Keep as a draft").click()
    # Slow on hostile text: refused with its field and the fix.
    expect(page.get_by_role("alert")).to_contain_text("Patterns[0].regex: a repeat within a repeat")
    pattern.get_by_label("Regular expression").fill(r"\bMB[A-Z]{4}\b")
    page.get_by_role("button", name="Keep as a draft").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("list", name="Changes")).to_contain_text("member-number")
    return dialog


def add_row(page: Page, name: str, text: str, *, hidden: str = "", spared: str = "") -> None:
    page.get_by_role("button", name="Add a row").click()
    form = page.get_by_role("dialog", name="A row of the regression set")
    form.get_by_label("Name").fill(name)
    form.get_by_label("What the customer writes").fill(text)
    form.get_by_label("Must be hidden").fill(hidden)
    form.get_by_label("Must not be hidden").fill(spared)
    form.get_by_role("button", name="Keep the row").click()
    expect(page.get_by_role("row", name=name)).to_be_visible()


def ask(screens: Screens, model: Stub) -> str:
    """A new customer asks; what the model was told of it."""
    before = len(model.bodies)
    shop = screens.shop()
    say(shop, QUESTION)
    wait_for(lambda: len(model.bodies) > before and len(texts(shop)) > 1, "an answer")
    return b"".join(model.bodies[before:]).decode()


def test_a_pattern_is_drafted_tried_released_by_a_second_person_and_taken_back(
    screens: Screens, model: Stub
) -> None:
    assert NUMBER in ask(screens, model)  # nobody could know that it is personal

    admin = console(screens, ADMIN, "guardrails")
    dialog = draft(admin, "Member numbers are personal")
    expect(dialog).to_contain_text("You wrote this version: somebody else has to release it.")
    expect(dialog.get_by_role("button", name="Release it")).to_have_count(0)
    status, detail = admin.evaluate(
        """fetch('/api/v1/guardrails/policies/1/release', {
          method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"unit_id": 1}',
        }).then(async (answer) => [answer.status, (await answer.json()).detail])"""
    )
    assert (status, detail) == (403, "you wrote this version: somebody else has to release it")
    screens.said = [said for said in screens.said if "status of 4" not in said]

    dialog.get_by_role("link", name="Try it in the playground").click()
    expect(admin.get_by_role("heading", level=1)).to_have_text("Playground")
    admin.get_by_label("Text", exact=True).fill(QUESTION)
    admin.get_by_role("button", name="Try it").click()
    row = admin.get_by_role("row", name=NUMBER)
    expect(row).to_contain_text("pattern member-number")
    expect(row).to_contain_text("[USER_ID_1]")
    expect(admin.get_by_label("What a model would see")).not_to_contain_text(NUMBER)
    assert serious(admin) == []
    picture(admin, "guardrails-playground")
    assert NUMBER in ask(screens, model)  # a draft does nothing

    manager = console(screens, MANAGER, "guardrails")
    expect(manager.get_by_role("button", name="Draft a change")).to_have_count(0)
    manager.get_by_role("button", name="Open version 1").click()
    picture(manager, "guardrails-second-person")
    manager.get_by_role("dialog").get_by_role("button", name="Release it").click()
    expect(manager.locator(".live-policy")).to_contain_text("released by Keiko Arai")

    told = ask(screens, model)
    assert NUMBER not in told
    assert "[USER_ID_1]" in told
    admin.goto(f"{screens.server.url}/console/#/receipts")
    receipt = admin.locator(".receipt").first
    receipt.get_by_role("button").first.click()
    expect(receipt).to_contain_text("+policy/1")
    expect(receipt.locator("mark").filter(has_text="[USER_ID_1]").first).to_be_visible()
    expect(receipt).not_to_contain_text(NUMBER)
    receipt.get_by_role("button", name="Verify this receipt").click()
    expect(receipt.locator(".outcome")).to_contain_text("It is what was sent.")
    assert serious(admin) == []
    picture(admin, "guardrails-receipt")

    manager.get_by_role("button", name="Open the built-in version").click()
    manager.get_by_role("dialog").get_by_role("button", name="Go back to it").click()
    expect(manager.locator(".live-policy")).to_contain_text("The built-in version")
    assert NUMBER in ask(screens, model)


def test_a_release_that_fails_the_regression_set_is_refused_with_its_rows(
    screens: Screens,
) -> None:
    admin = console(screens, ADMIN, "guardrails")
    admin.get_by_label("Unit").select_option(label="Nordwind Brasil")
    add_row(admin, "mail-stays-hidden", "Write to ada@mail.example", hidden="ada@mail.example")
    add_row(admin, "series-is-no-secret", f"Is the {NUMBER} a tent?", spared=NUMBER)
    draft(admin, "Hides too much")
    admin.keyboard.press("Escape")
    # What was refused on the way is in the browser's log.
    screens.said = [said for said in screens.said if "status of 422" not in said]

    manager = console(screens, MANAGER, "guardrails")
    manager.get_by_label("Unit").select_option(label="Nordwind Brasil")
    manager.get_by_role("button", name="Open version 1").click()
    dialog = manager.get_by_role("dialog")
    dialog.get_by_role("button", name="Release it").click()
    expect(dialog.get_by_role("alert").first).to_contain_text(
        "Not released: 1 of 2 rows of the regression set fail: series-is-no-secret"
    )
    failing = dialog.get_by_role("list", name="Failing rows")
    expect(failing).to_have_text(f"series-is-no-secret hides what must be spared: “{NUMBER}”")
    assert serious(manager) == []
    picture(manager, "guardrails-refused")
    screens.said = [said for said in screens.said if "status of 409" not in said]
    manager.keyboard.press("Escape")
    expect(manager.locator(".live-policy")).to_contain_text("The built-in version")


@pytest.mark.parametrize("width", [1440, 375])
def test_axe_finds_nothing_serious_on_the_pages_of_the_guardrails(
    screens: Screens, width: int
) -> None:
    admin = console(screens, ADMIN, "guardrails", width)
    drafted = admin.evaluate(
        """fetch('/api/v1/guardrails/policies', {
          method: 'POST', headers: {'Content-Type': 'application/json'},
          body: '{"unit_id": 3, "content": {"never_guess": ["Fjell"], "name_threshold": 0.3}}',
        }).then(({ status }) => status)"""
    )
    assert drafted == 201
    for name in ("Playground", "Receipts", "Guardrails"):
        admin.get_by_role("link", name=name, exact=True).click()
        expect(admin.get_by_role("heading", level=1)).to_have_text(name)
        expect(admin.locator(".skeleton")).to_have_count(0)
        assert serious(admin) == [], name
        assert admin.evaluate("document.documentElement.scrollWidth") <= width, name
        picture(admin, f"console-{name.lower()}-{width}")
    admin.get_by_label("Unit").select_option(label="Nordwind Japan")
    admin.get_by_role("button", name="Open version 1").click()
    expect(admin.get_by_role("dialog")).to_contain_text("SHA-256")
    assert serious(admin) == []
    admin.keyboard.press("Escape")
    admin.get_by_role("button", name="Draft a change").click()
    admin.get_by_role("button", name="Add a pattern").click()
    assert serious(admin) == []
    picture(admin, f"console-guardrails-editor-{width}")
