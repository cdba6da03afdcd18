"""The release gate, as the author of a change and the second person meet it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from access import Principal, people
from bot import rehearsal
from guardrails import gateway
from knowledge import cases, documents, embedding, index, proposals, releases
from knowledge.models import Document, ReleaseState
from ledger.entries import of_units
from runtime import failpoints, jobs
from runtime.database import now, open_session
from runtime.errors import Conflict
from runtime.scope import NOBODY, Scope
from runtime.settings import Settings
from tests.bot.conftest import HANDBOOK, Shop
from tests.bot.desk import POLICY, Desk
from tests.conftest import point_to, serve
from tests.fakes.openai_stub import Stub


def test_a_new_document_that_harms_nothing_passes(desk: Desk) -> None:
    desk.case("How heavy is the Fjell 2?", document="handbook.md", holds=("2.1 kg",))
    desk.write("vouchers.md", POLICY, title="Gift vouchers")
    release = desk.propose()
    assert release.report is not None
    assert (release.state, release.report["blocking"]) == (ReleaseState.PASSED, [])
    assert desk.approve(release).state is ReleaseState.LIVE


def test_replay_reads_what_was_answered_lately(desk: Desk) -> None:
    assert desk.shop.ask("How long can I return something?") is not None
    desk.write("vouchers.md", POLICY, title="Gift vouchers")
    release = desk.propose()
    assert release.report is not None
    assert release.report["replay"]["messages"] == 1
    assert release.report["replay"]["same"] == 1


def report_of(release: Any) -> dict[str, Any]:
    assert release.report is not None
    found: dict[str, Any] = release.report
    return found


def remove(desk: Desk, name: str) -> None:
    with open_session(desk.shop.scope) as session:
        documents.remove(
            session, session.scalars(select(Document).where(Document.name == name)).one()
        )


COSTS = "What does a return from another country cost?"
LONG = "How long can I return something?"
KAYAKS = "Where are the kayak courses for beginners held?"
COURSES = """# Kayak courses

Kayak courses for beginners take place on the lake in Bergen every Sunday in July.
"""


def test_a_price_that_a_case_states_may_change(desk: Desk) -> None:
    """The author has to say the new price, where the second person reads it."""
    desk.write("handbook.md", HANDBOOK.replace("EUR 4.90", "EUR 9.90"))
    stated = desk.case(COSTS, by=desk.author, document="handbook.md", holds=("9,90 €",))
    release = desk.propose()
    report = report_of(release)
    (change,) = report["findings"]["figures"]
    assert (change["before"], change["after"]) == (["4.9 EUR"], ["9.9 EUR"])
    assert (change["confirmed_by"], change["blocks"]) == ([stated], False)
    assert (release.state, report["cases"]["repaired"]) == (ReleaseState.PASSED, [stated])


def test_a_case_with_the_old_price_fails(desk: Desk) -> None:
    old = desk.case(COSTS, holds=("4.90",))
    desk.write("handbook.md", HANDBOOK.replace("EUR 4.90", "EUR 9.90"))
    report = report_of(desk.propose())
    assert report["blocking"] == ["case_failed", "figures_changed"]
    (failed,) = report["cases"]["failed"]
    assert (failed["id"], failed["problem"], failed["before"]) == (old, "not_held", "")


def test_a_case_that_failed_before_is_shown_and_stops_nothing(desk: Desk) -> None:
    failing = desk.case("Do you sell boats?", document="handbook.md")
    desk.write("vouchers.md", POLICY, title="Gift vouchers")
    release = desk.propose()
    (failed,) = report_of(release)["cases"]["failed"]
    assert (failed["id"], failed["before"], failed["blocks"]) == (failing, "not_answered", False)
    assert release.state is ReleaseState.PASSED


def test_in_the_first_release_of_a_unit_every_case_has_to_pass(shop: Shop, desk: Desk) -> None:
    with open_session(NOBODY) as session:
        unit = people.add_unit(session, "fresh")
    grants = desk.author.role
    author = Principal("user/101", "user", grants, frozenset({unit}))
    second = Principal("user/102", "user", grants, frozenset({unit}))
    fresh = Desk(Shop(Scope.of(unit), shop.ana, shop.account), author, second)
    fresh.write("handbook.md", HANDBOOK)
    fresh.case(COSTS, document="handbook.md", holds=("4.90",))
    release = fresh.propose()
    assert (release.state, report_of(release)["base"]) == (ReleaseState.PASSED, 0)
    fresh.case("Who won the cup?", document="handbook.md")
    with open_session(fresh.shop.scope) as session:
        proposals.rehearse_again(session, author, release.id)
    report = rehearsal.rehearse_inline(unit, release.id)
    assert report["blocking"] == ["case_failed"]


def test_a_removed_page_whose_questions_go_to_people_by_a_case_may_go(desk: Desk) -> None:
    desk.write("courses.md", COURSES, title="Kayak courses")
    serve(desk.unit)
    remove(desk, "courses.md")
    stated = desk.case(KAYAKS, by=desk.author, expects="person", document="courses.md")
    release = desk.propose()
    (gone,) = report_of(release)["findings"]["gone"]
    assert (gone["what"], gone["confirmed_by"]) == ("document", [stated])
    assert release.state is ReleaseState.PASSED


def test_an_answer_that_somebody_got_lately_may_not_get_lost(desk: Desk) -> None:
    desk.write("courses.md", COURSES, title="Kayak courses")
    serve(desk.unit)
    assert desk.shop.ask(f"{KAYAKS} Nora Feldmann")
    remove(desk, "courses.md")
    desk.case(KAYAKS, expects="person", document="courses.md")
    report = report_of(desk.propose())
    assert report["blocking"] == ["answer_lost"]
    (lost,) = report["replay"]["lost"]
    assert (lost["before"], lost["after"]) == (["courses.md"], [])
    assert "Nora" not in json.dumps(report)


def test_an_answer_with_another_figure_stops_a_release_until_a_case_states_it(desk: Desk) -> None:
    assert desk.shop.ask(COSTS)
    desk.write("handbook.md", HANDBOOK.replace("EUR 4.90", "EUR 9.90"))
    report = report_of(desk.propose())
    assert report["blocking"] == ["answer_changed", "figures_changed"]
    (changed,) = report["replay"]["changed"]
    assert changed["figures"]
    desk.case(COSTS, document="handbook.md", holds=("EUR 9.90",))
    assert desk.propose().state is ReleaseState.PASSED


def test_reading_conversations_for_a_rehearsal_is_in_the_ledger(desk: Desk) -> None:
    assert desk.shop.ask(LONG)
    desk.write("vouchers.md", POLICY, title="Gift vouchers")
    desk.propose()
    with open_session(desk.shop.scope, read_only=True) as session:
        read = of_units(session, [desk.unit], actor="system/0", action="conversation:read")
    (entry,) = read
    assert entry.subject == f"conversation/{desk.shop.conversation}"
    assert entry.detail["purpose"] == "rehearsal"


@pytest.mark.parametrize("who", ["author", "second"])
def test_the_author_of_an_edit_can_not_take_the_case_away_that_shows_it(
    desk: Desk, who: str
) -> None:
    kept = desk.case(COSTS, holds=("4.90",))
    desk.write("vouchers.md", POLICY, title="Gift vouchers")
    desk.approve(desk.propose())
    with open_session(desk.shop.scope) as session:
        cases.delete(session, getattr(desk, who), kept)
    desk.write(
        "vouchers.md", POLICY.replace("gift voucher is", "voucher is"), title="Gift vouchers"
    )
    release = desk.propose()
    (altered,) = report_of(release)["cases"]["altered"]
    assert (altered["id"], altered["act"]) == (kept, "deleted")
    assert altered["actor"] == getattr(desk, who).id
    assert (release.state is ReleaseState.FAILED) is (who == "author")
    with open_session(desk.shop.scope) as session:  # nor by trying twice
        proposals.rehearse_again(session, desk.author, release.id)
    again = rehearsal.rehearse_inline(desk.unit, release.id)
    assert ("case_altered" in again["blocking"]) is (who == "author")


def test_what_can_not_be_rehearsed_does_not_pass(desk: Desk) -> None:
    def fail() -> None:
        raise RuntimeError("the policy is away")

    desk.write("vouchers.md", POLICY, title="Gift vouchers")
    failpoints.arm("guard:policy", fail)
    release = desk.propose()
    assert release.state is ReleaseState.CHECKING
    for hours in (1, 2):
        with time_machine.travel(now() + timedelta(hours=hours), tick=True):
            jobs.drain()
    with open_session(desk.shop.scope, read_only=True) as session:
        release = proposals.row_of(session, release.id)
    assert (release.state, report_of(release)["blocking"]) == (
        ReleaseState.FAILED, ["not_rehearsed"],
    )  # fmt: skip


def test_the_command_line_rehearses_at_once_and_the_job_finds_nothing_to_do(desk: Desk) -> None:
    desk.write("vouchers.md", POLICY, title="Gift vouchers")
    with open_session(desk.shop.scope) as session:
        release = proposals.propose(session, desk.author, desk.unit, note="a change").id
    report = rehearsal.rehearse_inline(desk.unit, release)
    jobs.drain()
    with open_session(desk.shop.scope, read_only=True) as session:
        assert proposals.row_of(session, release).report == report
    with pytest.raises(Conflict, match="does not wait"):
        rehearsal.rehearse_inline(desk.unit, release)


def test_after_a_way_back_the_answers_are_the_old_ones_to_the_letter(desk: Desk) -> None:
    before = desk.shop.ask(COSTS)
    desk.write("handbook.md", HANDBOOK.replace("EUR 4.90", "EUR 9.90"))
    desk.approve(desk.propose(), override="agreed with the management")
    changed = desk.shop.ask(COSTS)
    with open_session(desk.shop.scope) as session:
        releases.rollback(session, desk.second, desk.unit, 1)
    after = desk.shop.ask(COSTS)
    assert before is not None
    assert changed is not None
    assert after is not None
    assert "9.90" in changed.text
    assert after.text.encode() == before.text.rpartition("\n\n")[2].encode()


def test_where_embeddings_leave_nothing_of_a_customer_does(
    desk: Desk, known: Shop, model: Stub, configured: Settings
) -> None:
    embedding.use_endpoint(gateway.embed)
    try:
        point_to(configured, model.url, FRONTDESK_EMBEDDING="openai", model_deadline=3)
        index.rebuild(desk.unit)
        assert known.ask(f"{LONG} I am Nora Feldmann, nora.feldmann@mail.example.")
        desk.case("How heavy is the Fjell 2? asks nora.feldmann@mail.example")
        model.requests.clear()
        desk.write("vouchers.md", POLICY, title="Gift vouchers")
        report = report_of(desk.propose())
    finally:
        embedding.use_endpoint(None)
    assert report["replay"]["messages"] == 1
    sent = "\n".join(str(request.body) for request in model.requests)
    assert "Fjell 2" in sent
    assert "feldmann" not in sent.casefold()
