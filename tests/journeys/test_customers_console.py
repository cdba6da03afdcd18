"""The customers' page: found, opened, annotated, and without barriers, light and dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import JONAS, Screens, picture, serious

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MANAGER = "keiko.arai@nordwind.example"


def console(screens: Screens, who: str, width: int = 1280, scheme: str = "light") -> Page:
    page = screens.signed_in(
        who, "/console/#/customers", width, reduced_motion="reduce", color_scheme=scheme
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("Customers")
    expect(page.locator(".skeleton")).to_have_count(0)
    return page


def test_a_customer_is_found_opened_and_annotated(screens: Screens) -> None:
    page = console(screens, JONAS)
    first = page.get_by_role("table", name="Customers").get_by_role("link").first
    name = first.locator("bdi").inner_text()
    page.get_by_label("Name, word, number or address").fill(name)
    page.get_by_role("button", name="Find").click()
    page.get_by_role("table", name="Customers").get_by_role("link", name=name).first.click()
    expect(page.locator(".customer-name")).to_have_text(name)
    expect(page.get_by_role("table", name="Fields")).to_be_visible()
    page.get_by_label("A note for colleagues").fill("Prefers the morning")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator(".note-line")).to_contain_text("Prefers the morning")
    expect(page.get_by_role("list", name="Timeline")).to_contain_text("Prefers the morning")
    assert serious(page) == []
    picture(page, "customer")


def test_a_field_of_ones_own_is_added(screens: Screens) -> None:
    page = console(screens, MANAGER)
    page.get_by_label("Name, as roles name it").fill("crm.segment")
    page.get_by_label("Label", exact=True).last.fill("Segment")
    page.get_by_role("button", name="Add the field").click()
    expect(page.get_by_role("table", name="Fields of your own")).to_contain_text(
        "custom.crm.segment"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_nothing_keeps_anybody_from_using_it(screens: Screens, scheme: str, width: int) -> None:
    page = console(screens, JONAS, width, scheme)
    assert serious(page) == []
    picture(page, f"customers-{scheme}-{width}")
    page.get_by_role("table", name="Customers").get_by_role("link").first.click()
    expect(page.get_by_role("list", name="Timeline")).to_be_visible()
    assert serious(page) == []
    picture(page, f"customer-{scheme}-{width}")
