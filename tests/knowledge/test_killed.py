"""Killed anywhere in an import, in its jobs or in a release: the next run completes it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text, update

from access import Principal
from knowledge import index, ingest, proposals, releases, retrieval, upkeep
from runtime import failpoints, jobs
from runtime.database import now, open_session
from runtime.scope import Scope
from runtime.settings import Settings
from tests.conftest import serve
from tests.knowledge.conftest import SHOP

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).parents[2]
ONE = Scope.of(1)
WRITTEN = {
    **SHOP,
    "warranty.md": "# Warranty\n\nAll lamps carry a warranty of nine years.",
    "hours.md": "# Opening hours\n\nThe shop in Graz is open on Sundays, too.",
    "parking.md": "# Parking\n\nThere are ten places behind the house.",
    "zoo.md": "# Zoo\n\nDogs may come in, cats may not.",
}
QUESTIONS = ("is there a warranty on lamps?", "when is the shop open", "what does shipping cost")

Take = Callable[..., list[ingest.FileReport]]
Write = Callable[[Mapping[str, str]], Path]

PROCESS = """
import os, signal, sys
from pathlib import Path
from pydantic import SecretStr
from access import Grant, Permission, Principal, Role
from knowledge import embedding, index, ingest, releases
from runtime import failpoints, jobs
from runtime.database import open_session
from runtime.scope import Scope
from runtime.settings import Settings
from runtime.start import start

folder, database, setting, place, times, act, given = sys.argv[1:]
start(Settings(_env_file=None, data_dir=Path(folder), DATABASE_URL=SecretStr(database),
               embedding=setting))
left = int(times)

def count():
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

failpoints.arm(place, count)
index.EXACT_BELOW = 1 if place == "index:batch" else index.EXACT_BELOW
index._BATCH = 4
grants = (Grant(Permission.KNOWLEDGE_WRITE), Grant(Permission.KNOWLEDGE_RELEASE))
second = Principal("user/7", "user", Role("second", grants), frozenset({1}))
if act == "ingest":
    ingest.ingest_path(1, Path(given), language="en", principal=second)
elif act == "approve":
    with open_session(Scope.of(1)) as session:
        releases.approve(session, second, int(given))
else:
    jobs.drain()
"""


@pytest.fixture
def killed(db: Engine, configured: Settings) -> Callable[..., None]:
    """Do something in another process, which dies at a place when it comes there again."""

    def run(place: str, times: int, act: str, given: str = "", setting: str = "fast") -> None:
        database = db.url.render_as_string(hide_password=False)
        done = subprocess.run(
            [
                sys.executable, "-c", PROCESS, str(configured.data_dir), database, setting, place,
                str(times), act, given,
            ],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == -signal.SIGKILL, done.stderr

    return run


def answers() -> list[list[tuple[str, str, int]]]:
    return [
        [(each.title, each.text, each.release) for each in found.passages]
        for found in (retrieval.search([1], question, language="en") for question in QUESTIONS)
    ]


def unsound(db: Engine) -> dict[str, int]:
    """What there must be none of, counted in the tables."""
    queries = {
        "chunks without a version": "SELECT count(*) FROM knowledge_chunk c WHERE NOT EXISTS "
        "(SELECT 1 FROM knowledge_version v WHERE v.id = c.version_id)",
        "versions without a document": "SELECT count(*) FROM knowledge_version v WHERE NOT EXISTS "
        "(SELECT 1 FROM knowledge_document d WHERE d.id = v.document_id)",
        "documents without their newest version": "SELECT count(*) FROM knowledge_document d "
        "WHERE NOT EXISTS (SELECT 1 FROM knowledge_version v WHERE v.document_id = d.id "
        "AND v.number = d.head)",
        "versions newer than the newest": "SELECT count(*) FROM knowledge_version v "
        "JOIN knowledge_document d ON d.id = v.document_id WHERE v.number > d.head",
        "vectors of no chunk": "SELECT count(*) FROM knowledge_vector x WHERE NOT EXISTS "
        "(SELECT 1 FROM knowledge_chunk c WHERE c.unit_id = x.unit_id AND c.key = x.key)",
        "chunks without a vector": "SELECT count(*) FROM knowledge_chunk c WHERE NOT EXISTS "
        "(SELECT 1 FROM knowledge_vector x WHERE c.unit_id = x.unit_id AND c.key = x.key)",
        "names that occur twice": "SELECT count(*) FROM (SELECT source_id, name "
        "FROM knowledge_document GROUP BY source_id, name HAVING count(*) > 1) AS twice",
        "sources that occur twice": "SELECT count(*) FROM (SELECT unit_id, name "
        "FROM knowledge_source GROUP BY unit_id, name HAVING count(*) > 1) AS twice",
        "versions served twice": "SELECT count(*) FROM (SELECT version_id "
        "FROM knowledge_serving WHERE until IS NULL GROUP BY version_id HAVING count(*) > 1) "
        "AS twice",
    }
    with db.connect() as connection:
        counts = {name: connection.execute(text(each)).scalar() for name, each in queries.items()}
    return {name: count for name, count in counts.items() if count}


def heads(db: Engine, unit_id: int) -> set[tuple[str, str, str]]:
    """Name, text and the piece's key of all that is newest in a unit."""
    with db.connect() as connection:
        return {
            (each[0], each[1], each[2])
            for each in connection.execute(
                text(
                    "SELECT d.name, v.text, c.key FROM knowledge_document d "
                    "JOIN knowledge_version v ON v.document_id = d.id AND v.number = d.head "
                    "JOIN knowledge_chunk c ON c.version_id = v.id WHERE d.unit_id = :unit"
                ),
                {"unit": unit_id},
            )
        }


def let_leases_run_out() -> None:
    past = now() - timedelta(seconds=1)
    with open_session(ONE) as session:
        session.execute(
            update(jobs.JobRow).where(jobs.JobRow.lease.is_not(None)).values(leased_until=past)
        )


@pytest.mark.parametrize(
    ("place", "times", "served"),
    [
        *((place, times, True) for place in failpoints.INGEST for times in (1, 3)),
        ("ingest:written", 2, False),  # only drafts, which the next ones replace
    ],
)
def test_an_import_that_was_killed_is_completed_by_the_next(
    db: Engine, take_in: Take, write: Write, killed: Callable[..., None], place: str, times: int,
    served: bool,
) -> None:  # fmt: skip
    folder = write(SHOP)
    take_in(folder, language="en", release=served)
    before = answers()
    write(WRITTEN)
    (folder / "gifts.md").unlink()

    killed(place, times, "ingest", str(folder))

    assert unsound(db) == {}
    assert answers() == before
    reports = take_in(folder, language="en", release=False)
    assert {report.state for report in reports} <= {"added", "updated", "unchanged"}
    stored = {"ingest:stored": times}.get(place, times - 1)
    changed = [report for report in reports if report.state != "unchanged"]
    assert len(changed) == 4 - stored
    assert unsound(db) == {}
    assert answers() == before
    serve()
    take_in(folder, 2, language="en", release=False)
    assert {each for each in heads(db, 1) if each[0] != "gifts.md"} == heads(db, 2)
    assert "nine years" in retrieval.search([1], QUESTIONS[0], language="en").passages[0].text
    titles = {each.title for each in retrieval.search([1], "gift voucher", language="en").passages}
    assert "Gift vouchers" not in titles


def test_vectors_made_in_the_background_are_completed_after_a_kill(
    db: Engine, take_in: Take, write: Write, killed: Callable[..., None],
    with_embedding: Callable[[str], None],
) -> None:  # fmt: skip
    take_in(write({f"{number}.md": f"# No {number}\n\nBox {number}." for number in range(40)}))
    take_in(write(SHOP), language="en", source="shop")
    with_embedding("quality")
    with open_session(ONE) as session:
        jobs.enqueue(session, "knowledge.embed", unit_id=1, lane="knowledge/1")

    killed("index:filled", 1, "jobs", setting="quality")

    assert not index.current(1).settled("quality")
    assert retrieval.search([1], QUESTIONS[0], language="en").passages[0].title == "Warranty"
    let_leases_run_out()
    jobs.drain()
    assert index.current(1).settled("quality")
    assert unsound(db) == {}
    assert retrieval.search([1], QUESTIONS[0], language="en").passages[0].title == "Warranty"


def test_an_index_is_completed_after_a_kill(
    db: Engine, take_in: Take, write: Write, killed: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    take_in(write(SHOP), language="en")
    before = answers()

    killed("index:batch", 2, "jobs")

    assert answers() == before
    monkeypatch.setattr(index, "EXACT_BELOW", 1)
    index.forget()
    assert answers() == before
    assert upkeep.check(1).state == "stale"
    let_leases_run_out()
    jobs.drain()
    report = upkeep.check(1)
    assert (report.state, report.indexed) == ("ok", report.chunks)
    assert [[title for title, *_ in found[:1]] for found in answers()] == [
        [title for title, *_ in found[:1]] for found in before
    ]


def test_a_release_that_was_killed_half_way_has_not_happened(
    db: Engine, take_in: Take, write: Write, killed: Callable[..., None], editor: Principal
) -> None:
    take_in(write(SHOP), language="en")
    before = answers()
    take_in(write(WRITTEN), language="en", release=False)
    with open_session(ONE) as session:
        made = proposals.propose(session, editor, 1, note="for the test").id
    with open_session(ONE) as session:
        proposals.conclude(session, made, {}, passed=True)

    killed("release:served", 1, "approve", str(made))

    assert answers() == before
    assert unsound(db) == {}
    second = Principal("user/7", "user", editor.role, frozenset({1}))
    with open_session(ONE) as session:
        assert releases.approve(session, second, made).number == 2
    assert unsound(db) == {}
    assert "nine years" in retrieval.search([1], QUESTIONS[0], language="en").passages[0].text
