from __future__ import annotations

from pathlib import Path

import pytest

from knowledge import evaluation, follow_up, retrieval
from knowledge.evaluation import Row
from tests.knowledge.conftest import SHOP, Ingest

ASKED = ("Can I return shoes?", "and who pays for that")
CONVERSATION = (
    "Can I return shoes?",
    "You can send an item back within 30 days of delivery. Worn shoes cannot be returned.",
    "and who pays for that",
    "Returns are free in the European Union.",
)


@pytest.mark.parametrize(
    ("turn", "title"),
    [
        ("do you take credit cards?", "Payment"),
        ("how long are vouchers valid?", "Gift vouchers"),
        ("I forgot my password", "Your account"),
        ("is there a warranty on lamps?", "Warranty"),
        ("when is the shop in Vienna open?", "Opening hours"),
    ],
)
def test_a_new_topic_is_not_answered_with_the_old_one(
    take_in: Ingest, shop: Path, turn: str, title: str
) -> None:
    take_in(shop)
    found = retrieval.search([1], turn, history=ASKED, context=CONVERSATION)
    assert found.passages[0].title == title
    alone = retrieval.search([1], turn)
    assert found.answerable == pytest.approx(alone.answerable)


def test_a_topic_that_changes_twice_is_followed(take_in: Ingest, shop: Path) -> None:
    take_in(shop)
    asked = [*ASKED, "do you take credit cards?"]
    said = [*CONVERSATION, asked[-1], "We accept credit cards."]
    found = retrieval.search([1], "and invoices?", history=asked, context=said)
    assert found.passages[0].title == "Payment"
    asked.append("and invoices?")
    said += [asked[-1], "An invoice is due fourteen days after delivery."]
    found = retrieval.search([1], "is there a warranty on lamps?", history=asked, context=said)
    assert found.passages[0].title == "Warranty"


def test_a_new_topic_outside_the_knowledge_is_not_made_answerable(
    take_in: Ingest, shop: Path
) -> None:
    take_in(shop)
    for turn in ("What is the capital of France?", "who won the world cup?", "thanks, that is all"):
        assert retrieval.search([1], turn, history=ASKED, context=CONVERSATION).answerable < 0.5


def test_a_passage_that_both_readings_find_is_returned_once(take_in: Ingest, shop: Path) -> None:
    take_in(shop)
    found = retrieval.search([1], "how long do I have?", history=ASKED[:1], limit=8)
    ids = [passage.chunk_id for passage in found.passages]
    assert len(ids) == len(set(ids)) == 8


def test_an_evaluation_reads_history_as_the_product_does(take_in: Ingest, shop: Path) -> None:
    take_in(shop)
    docs = [
        {"id": name, "title": text[2:].split("\n")[0], "text": text, "lang": "en"}
        for name, text in SHOP.items()
    ]
    corpus = evaluation.corpus(docs, ["fast"])
    for turn, asked, said in (
        ("how long do I have?", ASKED[:1], ()),
        ("do you take credit cards?", ASKED, CONVERSATION),
    ):
        row = Row("1", turn, history=asked, context=said, language="en")
        outcome = evaluation.find(corpus, "fast", row)
        product = retrieval.search([1], turn, history=asked, context=said, language="en")
        title = corpus.passage(outcome.hits[0]).title
        assert title == product.passages[0].title
        assert outcome.decision.probability == pytest.approx(product.answerable, abs=0.05)


@pytest.mark.parametrize("turn", ["and on Sundays?", "how long?", "what about it"])
def test_a_turn_without_a_subject_of_its_own_can_refer_back(turn: str) -> None:
    assert follow_up.can_refer_back(turn, "en", lambda term: term in {"sunday"})


@pytest.mark.parametrize("turn", ["ok", "thank you", "what about kayaks?"])
def test_courtesy_and_an_unknown_subject_cannot(turn: str) -> None:
    assert not follow_up.can_refer_back(turn, "en", lambda term: term in {"sunday"})
