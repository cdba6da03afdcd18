"""The administrator at the console, in a real browser before a real server."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import Screens, picture, serious

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ADMIN = "marek.nowotny@nordwind.example"
MANAGER = "keiko.arai@nordwind.example"
REFUSED = "was refused: the role does not allow to read conversations"


def go(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_management_opens_no_conversation_and_the_administrator_sees_that_it_tried(
    screens: Screens,
) -> None:
    manager = screens.signed_in(MANAGER, "/desk/", reduced_motion="reduce")
    expect(manager.get_by_role("heading", level=1)).to_have_text(
        "Conversations are not in your role"
    )
    status = manager.evaluate("fetch('/api/v1/conversations/1').then(({ status }) => status)")
    assert status == 403
    # The browser logs the refusal; nothing else was said.
    screens.said = [said for said in screens.said if "status of 403" not in said]
    manager.get_by_role("link", name="Open the console").click()
    go(manager, "Channels")
    expect(manager.get_by_text("web-eu").first).to_be_visible()
    expect(manager.get_by_role("button", name="Connect an account")).to_have_count(0)

    admin = screens.signed_in(ADMIN, "/console/", reduced_motion="reduce")
    go(admin, "Ledger")
    admin.get_by_role("link", name="Only refused acts").click()
    first = admin.locator(".entry-refused").first
    expect(first).to_contain_text(f"Keiko Arai {REFUSED}")
    first.locator("summary").click()
    expect(first).to_contain_text("GET /api/v1/conversations/{conversation_id}")
    picture(admin, "console-refused")


def test_the_administrator_verifies_the_ledger(screens: Screens) -> None:
    admin = screens.signed_in(ADMIN, "/console/", reduced_motion="reduce")
    admin.get_by_role("button", name="Verify now").click()
    expect(admin.get_by_text("The ledger is intact.")).to_be_visible()


def test_a_token_is_shown_once_and_revoked(screens: Screens) -> None:
    admin = screens.signed_in(ADMIN, "/console/#/people", reduced_motion="reduce")
    admin.get_by_role("button", name="Make a token").click()
    form = admin.get_by_role("dialog", name="Make a token")
    form.get_by_label("Name").fill("Nightly report")
    form.get_by_label("read and verify the ledger").check()
    form.get_by_role("button", name="Make the token").click()
    shown = admin.get_by_role("dialog", name="The new token")
    expect(shown.locator("code").first).to_contain_text("fd_")
    shown.get_by_role("button", name="I have it").click()
    row = admin.get_by_role("row", name="Nightly report")
    expect(row).to_contain_text("Valid")
    assert "fd_" not in admin.locator("body").inner_text()
    row.get_by_role("button", name="Revoke Nightly report").click()
    admin.get_by_role("dialog").get_by_role("button", name="Revoke the token").click()
    expect(row).to_contain_text("Revoked")


def test_a_channel_is_connected_and_a_refused_field_is_named(screens: Screens) -> None:
    admin = screens.signed_in(ADMIN, "/console/#/channels", reduced_motion="reduce")
    admin.get_by_role("button", name="Connect an account").click()
    form = admin.get_by_role("dialog", name="Connect an account")
    form.get_by_text("Web chat", exact=True).click()
    form.get_by_label("Name inside the house").fill("web-eu")
    form.get_by_role("button", name="Connect").click()
    expect(form.get_by_role("alert")).to_contain_text("there is an account named web-eu already")
    screens.said = [said for said in screens.said if "status of 409" not in said]
    form.get_by_label("Name inside the house").fill("web-press")
    form.get_by_role("button", name="Connect").click()
    done = admin.get_by_role("dialog", name="The account is connected")
    expect(done).to_contain_text('<support-chat account="web-press">')
    done.get_by_role("button", name="Done").click()
    expect(admin.locator(".card", has_text="web-press").first).to_contain_text("Active")


@pytest.mark.parametrize("width", [1440, 375])
def test_axe_finds_nothing_serious_on_any_page(screens: Screens, width: int) -> None:
    admin = screens.signed_in(ADMIN, "/console/", width, reduced_motion="reduce")
    for name in ("Knowledge", "Channels", "People", "Ledger", "Overview"):
        go(admin, name)
        expect(admin.locator(".skeleton")).to_have_count(0)
        assert serious(admin) == [], name
        assert admin.evaluate("document.documentElement.scrollWidth") <= width, name
        picture(admin, f"console-{name.lower()}-{width}")
