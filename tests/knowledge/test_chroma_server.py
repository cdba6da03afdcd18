"""While a Chroma server is away, the answers come from the vectors in the database."""

from __future__ import annotations

from knowledge import index, retrieval, upkeep
from runtime import jobs, settings
from tests.knowledge import chroma_server

QUESTIONS = (
    "How many days do I have to send something back?",
    "What does shipping cost?",
    "My lamp arrived broken",
)


def _ranking(question: str) -> list[int]:
    found = retrieval.search([1], question, limit=4)
    assert found.state == "ok"
    return [passage.chunk_id for passage in found.passages]


def test_a_server_ranks_as_the_exact_scan_does_and_may_go_away(
    take_in, shop, configured, tmp_path, monkeypatch
):
    take_in(shop, language="en")
    exact = [_ranking(question) for question in QUESTIONS]
    with chroma_server.running(tmp_path / "served") as (url, process):
        settings.use(configured.model_copy(update={"chroma_url": settings.HttpUrl(url)}))
        monkeypatch.setattr(index, "EXACT_BELOW", 1)
        assert index.rebuild(1) > 0
        jobs.drain()
        index.forget()
        assert upkeep.check(1).state == "ok"
        assert not (configured.data_dir / "chroma").exists()
        assert [_ranking(question) for question in QUESTIONS] == exact
        process.kill()
        process.wait()
        chroma_server.close_what_is_left_open()
        assert [_ranking(question) for question in QUESTIONS] == exact
        assert upkeep.check(1).state == "unavailable"
        chroma_server.close_what_is_left_open()
