"""Knowledge is written, rehearsed, let out by a second person and taken back, at the console."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.fakes.client import wait_for
from tests.journeys.browser import Screens, Server, picture, running, say, serious, texts

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ADMIN = "marek.nowotny@nordwind.example"
MANAGER = "keiko.arai@nordwind.example"
ASKED = "What does gift wrapping cost?"
TEXT = (
    "# Gift wrapping\n\nGift wrapping costs **EUR 3** an item.\n\n- Recycled paper\n- With a card"
)


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    quick = {**os.environ, "FRONTDESK_REPLY_DELAY": "0"}
    with running(tmp_path_factory.mktemp("house"), quick) as found:
        yield found


def console(screens: Screens, who: str, view: str, width: int = 1440) -> Page:
    address = f"/console/#/knowledge?view={view}"
    page = screens.signed_in(who, address, width, reduced_motion="reduce")
    expect(page.get_by_role("heading", level=1)).to_have_text("Knowledge")
    return page


def part(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Parts of the knowledge").get_by_role(
        "link", name=name
    ).click()
    expect(page.locator(".skeleton")).to_have_count(0)


def write(page: Page, title: str, text: str) -> Locator:
    part(page, "Articles")
    page.get_by_role("link", name="Write an article").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Text, in Markdown").fill(text)
    return page.get_by_role("region", name="Preview")


def keep(page: Page) -> None:
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.locator(".toast")).to_contain_text("as a draft")


def propose(page: Page, note: str) -> str:
    """Propose every draft; return the address of the proposal, once it is rehearsed."""
    part(page, "Releases")
    page.get_by_label("What this release is for").fill(note)
    page.get_by_role("button", name=re.compile("^Propose ")).click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("Proposal")
    expect(page.locator(".section-head .tag").first).to_contain_text("Rehearsed", timeout=30_000)
    return page.url


def forgive(screens: Screens, status: int) -> None:
    """What was refused on purpose is in the browser's log."""
    screens.said = [said for said in screens.said if f"status of {status}" not in said]


def test_an_article_is_live_only_after_a_second_person_let_it_out(screens: Screens) -> None:
    admin = console(screens, ADMIN, "articles")
    preview = write(admin, "Gift wrapping", TEXT)
    expect(preview.locator("strong")).to_have_text("EUR 3")
    expect(preview.get_by_role("listitem")).to_have_count(2)
    assert serious(admin) == []
    picture(admin, "knowledge-editor")
    keep(admin)
    expect(admin.locator(".section-head .tag").first).to_have_text("Draft")
    picture(admin, "knowledge-article")

    proposal = propose(admin, "Gifts before the holidays")
    expect(admin.get_by_text("You proposed this release: somebody else")).to_be_visible()
    expect(admin.get_by_role("button", name="Let it out")).to_have_count(0)
    status, detail = admin.evaluate(
        """fetch(`/api/v1/knowledge/releases/${location.hash.match(/id=(\\d+)/)[1]}/approve`, {
          method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}',
        }).then(async (answer) => [answer.status, (await answer.json()).detail])"""
    )
    assert (status, detail) == (403, "you proposed this release: somebody else has to let it out")
    forgive(screens, 403)

    manager = console(screens, MANAGER, "releases")
    manager.goto(proposal)
    expect(manager.get_by_text("Nothing stops it.")).to_be_visible()
    manager.get_by_role("button", name="Differences of Gift wrapping").click()
    expect(manager.locator(".diff-in").first).to_contain_text("# Gift wrapping")
    assert serious(manager) == []
    picture(manager, "knowledge-release")
    manager.get_by_role("button", name="Let it out").click()
    expect(manager.locator(".section-head .tag").first).to_have_text("Live")
    expect(manager.get_by_role("heading", level=2).first).to_have_text("Release 2")

    shop = screens.shop()
    say(shop, ASKED)
    wait_for(lambda: any("EUR 3 an item" in text for text in texts(shop)), "an answer")
    source = shop.locator("support-chat .sources").get_by_role("link", name="Gift wrapping")
    reader = screens.page()
    reader.goto(source.get_attribute("href") or "")
    expect(reader.locator("mark").first).to_contain_text("Gift wrapping costs")
    expect(reader.locator("meta[name=frontdesk-release]")).to_have_attribute("content", "2")
    picture(reader, "help-article-from-the-chat")
    reader.goto(f"{screens.server.url}/help/europe/en/search?q=gift+wrapping")
    expect(reader.get_by_role("link", name="Gift wrapping").first).to_be_visible()
    expect(reader.get_by_role("contentinfo").last).to_contain_text("Release 2")


def add_case(page: Page) -> None:
    part(page, "Questions")
    page.get_by_role("button", name="Add a question").click()
    form = page.get_by_role("dialog")
    form.get_by_label("What the customer asks").fill(ASKED)
    form.get_by_label("From the article named").fill("gift-wrapping.md")
    form.get_by_label("What the answer must hold").fill("EUR 3")
    assert serious(page) == []
    form.get_by_role("button", name="Keep the question").click()
    expect(page.get_by_role("row", name=ASKED)).to_contain_text("EUR 3")
    picture(page, "knowledge-questions")


def try_out(page: Page, edition: str) -> Locator:
    part(page, "Try a question")
    page.get_by_role("searchbox", name="Question").fill(ASKED)
    page.get_by_label("Tried on").select_option(label=edition)
    page.get_by_role("button", name="Search", exact=True).click()
    return page.locator(".outcome")


def test_a_wrong_price_is_stopped_overridden_and_taken_back(screens: Screens) -> None:
    manager = console(screens, MANAGER, "cases")
    add_case(manager)
    admin = console(screens, ADMIN, "articles")
    admin.get_by_label("Title or name").fill("gift")
    admin.get_by_role("button", name="Find").click()
    admin.get_by_role("link", name="Gift wrapping").click()
    admin.get_by_label("Text, in Markdown").fill(TEXT.replace("EUR 3", "EUR 30"))
    keep(admin)
    expect(try_out(admin, "All drafts")).to_contain_text("EUR 30")
    expect(try_out(admin, "What is live")).to_contain_text("EUR 3 an item")
    expect(admin.locator(".passage-used")).to_contain_text("“gift”")
    assert serious(admin) == []
    picture(admin, "knowledge-playground")

    proposal = propose(admin, "New price")
    expect(admin.get_by_text("It is stopped.")).to_be_visible()
    manager.goto(proposal)
    stops = manager.get_by_role("list", name="What stops it")
    expect(stops).to_contain_text("does not come out as it must")
    finding = manager.get_by_role("list", name="Questions of the regression set")
    expect(finding).to_contain_text(ASKED)
    picture(manager, "knowledge-release-stopped")
    texts_found = manager.get_by_role("list", name="Findings in the texts")
    expect(texts_found).to_contain_text("3 EUR became 30 EUR")
    texts_found.scroll_into_view_if_needed()
    picture(manager, "knowledge-release-findings")
    reason = manager.get_by_label("Why it goes out all the same")
    reason.fill("The price list of December says so")
    manager.get_by_role("button", name="Override and let it out").click()
    expect(manager.locator(".section-head .tag").first).to_have_text("Live")
    expect(manager.get_by_text("Let out although it was stopped")).to_contain_text("price list")
    assert serious(manager) == []

    part(manager, "Releases")
    picture(manager, "knowledge-releases")
    manager.get_by_role("link", name="Release 2").click()
    manager.get_by_role("button", name="Go back to this release").click()
    manager.get_by_role("dialog").get_by_role("button", name="Go back").click()
    expect(manager.get_by_role("heading", level=2).first).to_have_text("Release 4")
    expect(try_out(manager, "What is live")).to_contain_text("EUR 3 an item")


def test_a_release_is_tried_on_some_conversations_first(screens: Screens) -> None:
    admin = console(screens, ADMIN, "articles")
    write(admin, "Bicycle parking", "# Bicycle parking\n\nBicycles may stand in the yard.")
    keep(admin)
    proposal = propose(admin, "Bicycles")
    manager = console(screens, MANAGER, "releases")
    manager.goto(proposal)
    manager.get_by_label("Who is answered from it").select_option("25")
    manager.get_by_role("button", name="Let it out").click()
    expect(manager.locator(".section-head .tag").first).to_have_text("Tried on some")
    picture(manager, "knowledge-release-tried")
    admin.reload()
    expect(admin.get_by_role("button", name="Serve it to everybody")).to_have_count(0)
    manager.get_by_role("button", name="Serve it to everybody").click()
    expect(manager.locator(".section-head .tag").first).to_have_text("Live")


def test_a_page_that_says_otherwise_is_shown_beside_the_other(screens: Screens) -> None:
    admin = console(screens, ADMIN, "articles")
    write(
        admin,
        "Returns of gifts",
        "# Returns\n\nYou can return any item within 14 days of delivery.",
    )
    keep(admin)
    propose(admin, "Returns of gifts")
    stops = admin.get_by_role("list", name="What stops it")
    expect(stops).to_contain_text("says otherwise than another page")
    sides = admin.locator(".finding", has_text="Contradiction").first
    expect(sides).to_contain_text("within 14 days of delivery")
    expect(sides).to_contain_text("within 30 days of delivery")
    sides.scroll_into_view_if_needed()
    assert serious(admin) == []
    picture(admin, "knowledge-release-contradiction")
    admin.get_by_role("button", name="Set aside").click()
    expect(admin.locator(".section-head .tag").first).to_have_text("Set aside")
    admin.goto(f"{screens.server.url}/console/#/knowledge?view=articles")
    admin.get_by_role("link", name="Returns of gifts").click()
    admin.get_by_role("button", name="Discard the draft").click()
    admin.get_by_role("dialog").get_by_role("button", name="Discard it").click()
    expect(admin.get_by_role("link", name="Returns of gifts")).to_have_count(0)


def test_a_colleague_notes_at_the_desk_what_is_missing(screens: Screens) -> None:
    desk = screens.desk()
    desk.locator(".row").first.click()
    message = desk.locator(".msg-contact").first
    message.hover()
    message.get_by_role("button", name="Missing in the knowledge").click()
    expect(desk.locator(".toast")).to_contain_text("The console shows it under Gaps")
    picture(desk, "desk-missing")


def test_a_question_without_an_answer_becomes_an_article(screens: Screens) -> None:
    shop = screens.shop()
    say(shop, "Do you rent out snowshoes for the weekend?")
    wait_for(lambda: len(texts(shop)) > 1, "a hand-off")
    admin = console(screens, ADMIN, "gaps")
    gap = admin.locator(".gap", has_text="snowshoes")

    def there() -> bool:
        admin.reload()
        expect(admin.locator(".skeleton")).to_have_count(0)
        return gap.count() == 1

    wait_for(there, "a gap")
    assert serious(admin) == []
    picture(admin, "knowledge-gaps")
    gap.get_by_role("button", name=re.compile("Make a regression case")).click()
    form = admin.get_by_role("dialog")
    expect(form.get_by_label("What the customer asks")).to_have_value(re.compile("snowshoes"))
    admin.keyboard.press("Escape")
    gap.get_by_role("link", name=re.compile("Write an article")).click()
    expect(admin.get_by_label("Title")).to_have_value(re.compile("snowshoes"))
    admin.get_by_label("Text, in Markdown").fill("Snowshoes are rented out for EUR 15 a weekend.")
    keep(admin)
    part(admin, "Gaps")
    expect(gap).to_have_count(0)


def test_a_file_is_read_in_and_its_source_deleted_after_asking(screens: Screens) -> None:
    admin = console(screens, ADMIN, "sources")
    admin.get_by_role("button", name="Add files").click()
    form = admin.get_by_role("dialog", name="Add files")
    form.get_by_label("Source").fill("europe/parking")
    form.get_by_label("Files", exact=True).set_input_files(
        [
            {"name": "parking.md", "mimeType": "text/markdown",
             "buffer": b"# Parking\n\nParking is free for two hours."},
            {"name": "broken.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 broken"},
        ]
    )  # fmt: skip
    form.get_by_role("button", name="Read in 2 files").click()
    expect(form.get_by_role("button", name="Done")).to_be_visible(timeout=30_000)
    expect(form.get_by_role("list", name="Chosen files")).to_contain_text("Not read")
    assert serious(admin) == []
    picture(admin, "knowledge-files")
    form.get_by_role("button", name="Done").click()
    card = admin.locator(".source-card", has_text="europe/parking")
    expect(card).to_contain_text("1 change to release")
    picture(admin, "knowledge-sources")
    card.get_by_role("button", name="Delete europe/parking").click()
    admin.get_by_role("dialog").get_by_role("button", name="Delete the source").click()
    expect(card).to_have_count(0)


def test_an_article_is_withdrawn_at_once_with_a_reason(screens: Screens) -> None:
    manager = console(screens, MANAGER, "articles")
    manager.get_by_label("Unit").select_option(label="Nordwind Japan")
    manager.get_by_role("table", name="Articles").get_by_role("link").first.click()
    manager.get_by_role("button", name="Withdraw at once").click()
    form = manager.get_by_role("dialog", name="Withdraw at once")
    form.get_by_label("Why").fill("It is wrong since today")
    picture(manager, "knowledge-withdraw")
    form.get_by_role("button", name="Withdraw it").click()
    expect(manager.locator(".section-head .tag").first).to_have_text("Not served any more")


def test_a_question_is_tried_with_its_passages_and_scores(screens: Screens) -> None:
    admin = console(screens, ADMIN, "try")
    admin.get_by_role("searchbox", name="Question").fill("How long can I return an item?")
    admin.keyboard.press("Enter")
    outcome = admin.locator(".outcome")
    expect(outcome).to_contain_text("It would answer.")
    expect(outcome).to_contain_text("Needed: ")
    expect(admin.locator(".passage").first).to_contain_text("within 30 days of delivery")
    admin.get_by_role("searchbox", name="Question").fill("I want to talk to a human")
    admin.keyboard.press("Enter")
    expect(outcome).to_contain_text("It would hand over.")


@pytest.mark.parametrize("width", [1440, 375])
def test_axe_finds_nothing_serious_on_the_pages_of_the_knowledge(
    screens: Screens, width: int
) -> None:
    admin = console(screens, ADMIN, "articles", width)
    for name in ("Articles", "Sources", "Releases", "Questions", "Gaps", "Try a question"):
        part(admin, name)
        assert serious(admin) == [], name
        assert admin.evaluate("document.documentElement.scrollWidth") <= width, name
        picture(admin, f"console-knowledge-{name.partition(' ')[0].lower()}-{width}")
