"""What is lost from an index is found and healed: embedded, and on a Chroma server."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import insert, update

from access import people
from admin_api import checks
from knowledge import chroma, corpus, embedding, index, ingest, retrieval, upkeep, vectors
from knowledge.models import Chunk, Document, Serving, Source, Unit, Version
from runtime import failpoints, jobs, settings
from runtime.database import now, open_session
from runtime.errors import Unavailable
from runtime.scope import NOBODY, Scope
from tests.knowledge import chroma_server
from tests.knowledge.test_index import QUESTIONS, ranking

pytestmark = pytest.mark.timeout(300)

Take = Callable[..., list[ingest.FileReport]]
ONE = Scope.of(1)
MANY = 2_000
LOST = MANY // 100


@pytest.fixture(params=["embedded", "server"])
def kept(
    request: pytest.FixtureRequest,
    db: object,
    configured: settings.Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """Where the index is kept; every unit counts as large."""
    monkeypatch.setattr(index, "EXACT_BELOW", 1)
    if request.param == "embedded":
        yield request.param
        return
    with chroma_server.running(tmp_path / "served") as (url, _):
        settings.use(configured.model_copy(update={"chroma_url": settings.HttpUrl(url)}))
        yield request.param
        chroma_server.close_what_is_left_open()


@pytest.fixture
def many(kept: str) -> chroma.Collection:
    """A unit with some thousand chunks whose vectors point anywhere, all in its index."""
    name = embedding.engine("fast").name
    dice = np.random.default_rng(7)
    made = dice.standard_normal((MANY, 512), dtype=np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    with open_session(ONE) as session:
        index.touch(session, 1)
        source = Source(unit_id=1, name="made up", reports=[], settings={})
        session.add(source)
        session.flush()
        document = Document(unit_id=1, source_id=source.id, name="long.md", head=1)
        session.add(document)
        session.flush()
        version = Version(
            unit_id=1, document_id=document.id, number=1, title="Long", language="en",
            text="word " * MANY, digest="", signs=[], author="system/0",
        )  # fmt: skip
        session.add(version)
        session.flush()
        session.add(Serving(unit_id=1, version_id=version.id, since=1))
        session.execute(update(Unit).values(live=1, newest=1))
        keys = [sha256(str(number).encode()).hexdigest() for number in range(MANY)]
        session.execute(
            insert(Chunk),
            [
                {
                    "unit_id": 1, "version_id": version.id, "key": key, "heading": "",
                    "start_at": 5 * number, "end_at": 5 * number + 4,
                }
                for number, key in enumerate(keys)
            ],
        )  # fmt: skip
        vectors.store(session, 1, name, dict(zip(keys, made, strict=True)))
    index.synchronise(1)
    found = upkeep.check(1)
    assert (found.state, found.indexed) == ("ok", MANY)
    return index.collections(1)["fast"]


def chosen(collection: chroma.Collection, count: int) -> list[int]:
    return random.Random(3).sample(sorted(collection.ids()), count)


def test_rows_that_are_gone_are_found_and_put_back(many: chroma.Collection) -> None:
    many.remove(chosen(many, LOST))
    many.add({99_999: np.ones(512, dtype=np.float32) / np.sqrt(512)})
    report = upkeep.check(1)
    assert (report.state, report.missing, report.surplus) == ("stale", LOST, 1)
    with open_session(NOBODY) as session:
        assert people.add_unit(session, "europe", languages=["en"]) == 1
    assert "frontdesk knowledge rebuild" in checks.run_checks()["knowledge"]
    upkeep.heal(1)
    assert checks.run_checks()["knowledge"] == f"ok ({MANY} passages)"
    report = upkeep.check(1)
    assert (report.state, report.indexed) == ("ok", MANY)
    assert index.collections(1)["fast"].name == many.name


def test_rows_that_are_counted_but_not_found_are_seen_by_probes_and_healed(
    many: chroma.Collection,
) -> None:
    """The loss that Chroma does not notice: the id is there, its vector leads elsewhere."""
    elsewhere = np.random.default_rng(8).standard_normal((LOST, 512), dtype=np.float32)
    elsewhere /= np.linalg.norm(elsewhere, axis=1, keepdims=True)
    many.add(dict(zip(chosen(many, LOST), elsewhere, strict=True)))
    assert many.count() == MANY
    report = upkeep.check(1)
    assert (report.state, report.missing, report.surplus) == ("stale", 0, 0)
    assert report.unfindable > 0
    upkeep.heal(1)
    found = upkeep.check(1)
    assert (found.state, found.indexed, found.unfindable) == ("ok", MANY, 0)
    built_anew = index.collections(1)["fast"]
    assert built_anew.name != many.name
    with pytest.raises(Unavailable):  # the old one is gone, and asking does not make it again
        many.nearest(elsewhere[0], 1)


def test_the_job_of_every_hour_heals(
    kept: str, take_in: Take, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(shop)
    jobs.drain()
    exact = [ranking(question) for question in QUESTIONS]
    collection = index.collections(1)["fast"]
    collection.remove(chosen(collection, 3))
    assert upkeep.check(1).missing == 3
    with open_session(ONE) as session:
        jobs.enqueue(session, "knowledge.watch", unit_id=0, lane="every/knowledge.watch")
    jobs.drain()
    assert upkeep.check(1).state == "ok"
    assert [ranking(question) for question in QUESTIONS] == exact


def test_a_check_after_the_start_heals(kept: str, take_in: Take, shop: Path) -> None:
    from knowledge.jobs import check_soon

    take_in(shop)
    jobs.drain()
    collection = index.collections(1)["fast"]
    collection.remove(chosen(collection, 2))
    check_soon()
    jobs.drain()
    assert upkeep.check(1).state == "ok"


def test_an_index_that_holds_the_wrong_rows_of_the_right_number_is_not_asked(
    kept: str, take_in: Take, shop: Path
) -> None:
    take_in(shop)
    jobs.drain()
    index.forget()
    assert index.current(1).vectors == {}
    collection = index.collections(1)["fast"]
    (lost,) = chosen(collection, 1)
    collection.remove([lost])
    collection.add({99_999: np.ones(512, dtype=np.float32) / np.sqrt(512)})
    index.forget()
    assert "fast" in index.current(1).vectors


def test_answers_stay_right_while_the_index_is_built_anew_and_a_release_goes_live(
    kept: str, take_in: Take, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "SAMPLE", 9)
    take_in(shop)
    jobs.drain()
    right = {
        "is there a warranty on lamps?": "Warranty",
        "what does shipping cost": "Shipping",
        "I forgot my password": "Your account",
    }
    over = threading.Event()
    answers: list[tuple[str, str]] = []

    def ask() -> None:
        while not over.is_set():
            for question in right:
                found = retrieval.search([1], question, language="en")
                title = found.passages[0].title if found.passages else found.state
                answers.append((question, title))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        index.rebuild(1)
        (shop / "parking.md").write_text("# Parking\n\nThere are ten places behind the house.")
        take_in(shop)
        jobs.drain()
        index.rebuild(1)
        (shop / "gifts.md").unlink()
        take_in(shop)
        jobs.drain()
        index.rebuild(1)
    finally:
        over.set()
        asking.join()
    assert len(answers) > len(right)
    assert {(question, title) for question, title in answers if right[question] != title} == set()


def test_an_index_that_was_cut_off_while_built_is_never_asked(
    kept: str, take_in: Take, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(shop)
    jobs.drain()
    exact = [ranking(question) for question in QUESTIONS]
    monkeypatch.setattr(index, "_BATCH", 2)

    def crash() -> None:
        raise RuntimeError("the power is gone")

    failpoints.arm("index:batch", crash)
    with pytest.raises(RuntimeError):
        index.rebuild(1)
    failpoints.disarm()
    index.forget()
    assert [ranking(question) for question in QUESTIONS] == exact
    assert index.rebuild(1) == 9
    assert upkeep.check(1).state == "ok"
    assert [ranking(question) for question in QUESTIONS] == exact


OWNER = """
import sys
from pathlib import Path
from runtime import settings
settings.use(settings.Settings(_env_file=None, data_dir=Path(sys.argv[1])))
from knowledge import chroma
assert chroma.ready()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def owner(db: object, configured: settings.Settings) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the embedded index open."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(OWNER), str(configured.data_dir)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.communicate()


def test_a_second_process_is_told_who_has_the_index_open(
    owner: subprocess.Popen[str], take_in: Take, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "EXACT_BELOW", 1)
    take_in(shop)
    assert not chroma.ready()
    with pytest.raises(Unavailable) as refused:
        index.synchronise(1)
    assert f"process {owner.pid} " in refused.value.message
    assert "CHROMA_URL" in refused.value.message
    assert retrieval.search([1], QUESTIONS[0]).answerable > 0.5  # the scan needs no index
    assert upkeep.check(1).state == "elsewhere"
    with open_session(NOBODY) as session:
        assert people.add_unit(session, "europe", languages=["en"]) == 1
    assert f"process {owner.pid} " in checks.run_checks()["knowledge"]
    assert index.rebuild(1) == 9  # the owner is given the job
    jobs.drain()
    assert not (settings.current().data_dir / "chroma").exists()
    owner.communicate()
    with open_session(ONE) as session:
        session.execute(update(jobs.JobRow).values(run_at=now()))
    jobs.drain()
    assert upkeep.check(1).state == "ok"


def test_the_lock_of_a_dead_owner_is_free(
    owner: subprocess.Popen[str], take_in: Take, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "EXACT_BELOW", 1)
    take_in(shop)
    assert not chroma.ready()
    owner.kill()
    owner.wait()
    assert chroma.ready()
    jobs.drain()
    assert upkeep.check(1).state == "ok"
    signed = (settings.current().data_dir / "chroma.owner").read_text(encoding="utf-8")
    assert json.loads(signed)["process"] != owner.pid
