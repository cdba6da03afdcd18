from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from access import Principal
from knowledge import ingest, lexical, retrieval, scoring
from knowledge.quoting import quote
from knowledge.scoring import Cosines, Terms
from knowledge.tokens import tokens
from runtime import database
from tests.conftest import serve

Write = Callable[[Mapping[str, str]], Path]
Take = Callable[..., list[ingest.FileReport]]

ANSWERABLE = (
    "How long do I have to return an item?",
    "forgot my password",
    "can I pay by credit card",
    "is there a warranty on lamps?",
    "what does shipping cost",
    "how do i delete my account",
    "when are you open",
    "something arrived broken",
    "when do I get my money back",
    "Wie lange dauert der Versand?",
    "¿Cuánto cuesta el envío?",
    "パスワードを忘れました",
)
NOT_ANSWERABLE = (
    "What is the capital of France?",
    "hello",
    "thanks!",
    "ok",
    "I want to talk to a person",
    "who won the world cup in 2018",
    "tell me a joke",
    "how do I cook rice",
    "Was ist die Hauptstadt von Italien?",
    "今天天气怎么样",
    "obrigado",
    "?!",
)


@pytest.fixture
def stocked(take_in: Take, shop: Path) -> None:
    take_in(shop)


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize("question", ANSWERABLE)
def test_an_everyday_question_is_answerable(question: str) -> None:
    assert retrieval.search([1], question).answerable > 0.5


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize("question", NOT_ANSWERABLE)
def test_anything_else_is_not(question: str) -> None:
    assert retrieval.search([1], question).answerable < 0.5


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize(
    ("before", "turn", "title"),
    [
        ("Can I return shoes?", "how long do I have?", "Returns"),
        ("do you have a warranty on lamps", "and on batteries?", "Warranty"),
        ("my parcel arrived broken", "what do I have to send you?", "Damaged goods"),
        ("Can I return shoes?", "do you take credit cards?", "Payment"),
    ],
)
def test_a_turn_is_read_with_the_one_before_it(before: str, turn: str, title: str) -> None:
    found = retrieval.search([1], turn, history=[before])
    assert found.passages[0].title == title
    assert found.answerable > 0.5


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize("turn", ["thanks!", "ok", "What is the capital of France?"])
def test_history_makes_nothing_answerable_that_is_not(turn: str) -> None:
    found = retrieval.search([1], turn, history=["Can I return shoes?"])
    assert found.answerable < 0.5


@pytest.mark.usefixtures("stocked")
def test_the_quote_is_the_documents_own_sentences_in_order() -> None:
    question = "How long do I have to return an item?"
    quoted = quote(question, retrieval.search([1], question))
    assert quoted is not None
    assert quoted.passage.title == "Returns"
    assert quoted.sentences[0] == "You can send an item back within 30 days of delivery."
    places = [quoted.passage.text.index(sentence) for sentence in quoted.sentences]
    assert places == sorted(places)
    assert len(quoted.sentences) == 2
    assert quoted.text == " ".join(quoted.sentences)


def test_nothing_found_is_nothing_quoted(db: object) -> None:
    assert quote("hello?", retrieval.search([1], "hello?")) is None


def test_a_quote_leaves_markdown_out(db: object, editor: Principal) -> None:
    text = "# Sizes\n\n- **Small** fits up to [40 kg](https://shop.example.org)\n- Large fits more"
    ingest.ingest_text(
        1, source="s", name="n", title="Sizes", text=text, language="en", principal=editor
    )
    serve()
    found = retrieval.search([1], "what does small fit?")
    quoted = quote("what does small fit?", found, sentences=1)
    assert quoted is not None
    assert quoted.text == "Small fits up to 40 kg"


def test_another_units_passage_is_never_returned(take_in: Take, shop: Path, write: Write) -> None:
    take_in(shop, 1)
    take_in(write({"secret.md": "# Warranty\n\nLamps of unit two carry nine years."}), 2)
    for units in ([1], [1, 1]):
        found = retrieval.search(units, "is there a warranty on lamps?")
        assert all("nine years" not in passage.text for passage in found.passages)
    both = retrieval.search([1, 2], "is there a warranty on lamps?")
    assert {"nine" in passage.text for passage in both.passages[:3]} == {True, False}
    assert retrieval.search([3], "is there a warranty on lamps?").state == "empty"
    assert retrieval.search([], "is there a warranty on lamps?").state == "empty"


@pytest.mark.usefixtures("stocked")
def test_a_database_that_is_away_is_unavailable_not_empty(tmp_path: Path, db: object) -> None:
    database.bind(database.make_engine(f"sqlite:///{tmp_path}/none/x.db"))
    found = retrieval.search([1], "is there a warranty on lamps?")
    assert (found.state, found.passages) == ("unavailable", ())


def test_thirty_two_threads_get_the_same_answers_while_knowledge_changes(
    take_in: Take, shop: Path, write: Write
) -> None:
    take_in(shop)
    alone = [retrieval.search([1], question).passages[0].title for question in ANSWERABLE]
    with ThreadPoolExecutor(32) as pool:
        asked = [
            pool.submit(retrieval.search, [1], question)
            for _ in range(8)
            for question in ANSWERABLE
        ]
        take_in(write({"extra.md": "# Parking\n\nThere is no car park at the shop."}))
    titles = [future.result().passages[0].title for future in asked]
    assert titles == alone * 8


def test_fusion_is_better_than_words_or_meaning_alone() -> None:
    texts = ["red lamp price", "blue lamp price", "lamp lamp lamp", "delivery by truck"]
    vocabulary: dict[str, int] = {}
    words = lexical.build(
        vocabulary, [lexical.encode(vocabulary, tokens(text, "en")) for text in texts]
    )
    languages = np.full(4, "en")
    cases = [
        ("price of the red lamp", [0.50, 0.52, 0.10, 0.0], 0),  # meaning prefers blue
        ("shipping of a lamp", [0.1, 0.0, 0.2, 0.9], 3),  # words prefer lamps
    ]
    right = {"words": 0, "meaning": 0, "fused": 0}
    for text, values, gold in cases:
        rows = np.asarray(values, dtype=np.float32)
        covered = scoring.coverage(words, languages, Terms(text))
        part = Cosines(rows, float(rows.mean()), float(rows.std()), 4)
        (hit, *_) = scoring.fuse("quality", "en", [languages], [covered], [part], None, 4)
        right["words"] += int(covered.argmax()) == gold
        right["meaning"] += int(rows.argmax()) == gold
        right["fused"] += hit.row == gold
    assert right == {"words": 1, "meaning": 1, "fused": 2}
