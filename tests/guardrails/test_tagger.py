"""Names and addresses by the tagger: what it finds, how it fails, how it is made."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from admin_api.cli import app
from guardrails.detectors import gazetteer, tagger_model
from guardrails.detectors.gazetteer import ListedNames, code_of
from guardrails.detectors.tagger import Tagger, found_by
from guardrails.detectors.tagger_text import tokens
from guardrails.errors import MaskingFailed
from guardrails.spans import Span
from guardrails.training import counts, labelled, train
from runtime.errors import AppError


def _covered(text, spans):
    return "".join(text[span.start : span.end] + "|" for span in spans)


@pytest.mark.parametrize(
    ("language", "text", "hidden"),
    [
        ("en", "Could you ring Tobias Wetherby back? He waits since noon.", "Tobias Wetherby"),
        ("en", "my sister ingrid lockwood will collect it", "ingrid lockwood"),
        ("en", "It went to 418 Farthing Lane, Bristol instead.", "418 Farthing Lane, Bristol"),
        ("de", "Unser Nachbar Henning Osterkamp hat es angenommen.", "Henning Osterkamp"),
        ("de", "Ich wohne jetzt Drosselweg 18, 34117 Kassel.", "Drosselweg 18, 34117 Kassel"),
        ("fr", "Ma collègue Mathilde Verneuil passera demain.", "Mathilde Verneuil"),
        ("fr", "Livrez au 12 rue des Tilleuls, 69003 Lyon", "12 rue des Tilleuls, 69003 Lyon"),
        ("es", "Lo recoge mi hermano Ramiro Villaseca.", "Ramiro Villaseca"),
        ("pt", "A encomenda é da Leonor Figueiredo.", "Leonor Figueiredo"),
        ("it", "Ho parlato con Ginevra Pellegrini ieri.", "Ginevra Pellegrini"),
        ("nl", "Mijn collega Wouter Hoogeveen belt u morgen.", "Wouter Hoogeveen"),
        ("zh", "请转告陈晓峰，明天开会。", "陈晓峰"),
        ("ja", "担当の小野寺健太さんに伝えてください。", "小野寺健太"),
        ("ar", "أريد التحدث مع خالد المنصوري اليوم", "خالد المنصوري"),
    ],
)
def test_names_and_addresses_are_found(language, text, hidden):
    spans = Tagger().find(text, language)
    covered = {place for span in spans for place in range(span.start, span.end)}
    start = text.index(hidden)
    wanted = {p for p in range(start, start + len(hidden)) if text[p].isalnum()}
    assert wanted <= covered, _covered(text, spans)
    over = {p for p in covered - wanted if text[p].isalnum()}
    assert len(over) <= 6, _covered(text, spans)


@pytest.mark.parametrize(
    "text",
    [
        "How long does delivery take?",
        "Is the blue kettle back in stock on Monday?",
        "Wann kommt mein Paket an? Ich warte seit Dienstag.",
        "Quelle est la durée de la garantie ?",
        "¿Puedo cambiar la talla por una más grande?",
        "Quero cancelar o pedido e receber o reembolso.",
        "Quanto costa la spedizione?",
        "Kan ik het artikel nog omruilen?",
        "请问什么时候发货？",
        "返品の方法を教えてください。",
        "كم تستغرق مدة التوصيل؟",
        "1234 5678",
        "",
    ],
)
def test_ordinary_questions_are_left_alone(text):
    assert Tagger().find(text, "en") == []


def test_a_lower_threshold_hides_more():
    texts = [
        "Ask Rosalind about it",
        "rosalind and april in paris",
        "Call Mr Marsh",
        "mark it paid",
    ]
    finder = Tagger()
    for text in texts:
        last: set[int] = set()
        for threshold in (0.99, 0.5, 0.2, 0.01):
            spans = finder.find_above(text, threshold)
            places = {place for span in spans for place in range(span.start, span.end)}
            assert last <= places
            last = places
        assert last


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_spans_lie_in_the_text_in_order(text):
    for finder in (Tagger(), ListedNames()):
        end = 0
        for span in finder.find(text, "en"):
            assert end <= span.start < span.end <= len(text)
            assert text[span.start].isalnum()
            assert text[span.end - 1].isalnum()
            end = span.end


def test_a_long_text_is_tagged_to_its_end():
    filler = "the parcel has not arrived yet and nobody answers the phone. "
    text = filler * 200 + "Please call Tobias Wetherby back. " + filler * 60
    spans = Tagger().find(text, "en")
    assert "Tobias Wetherby" in [text[span.start : span.end] for span in spans]


def test_what_was_seen_before_changes_nothing(monkeypatch):
    """Scores are remembered per word, and forgotten when there are too many."""
    model = _fresh()
    texts = [
        "Please call Tobias Wetherby",
        "ich heiße Henning Osterkamp",
        "我叫陈晓峰",
        "no names here",
    ]
    expected = [found_by(_fresh(), text, 0.2) for text in texts]
    monkeypatch.setattr(tagger_model, "_KEPT", 6)
    for _ in range(3):
        assert [found_by(model, text, 0.2) for text in texts] == expected


def test_threads_share_one_model():
    model = _fresh()
    texts = [f"Please call Tobias Wetherby, box {number}, word{number}" for number in range(40)]
    expected = [found_by(_fresh(), text, 0.2) for text in texts[:4]]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: found_by(model, text, 0.2), texts * 3))
    assert found[:4] == expected
    assert all(found)


def _fresh():
    content = (files("guardrails.data") / tagger_model.FILE).read_bytes()
    return tagger_model.read(content, hashlib.sha256(content).hexdigest())


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.randoms(use_true_random=False))
def test_probabilities_are_those_of_all_sequences(length, random):
    """Forward and backward sums against adding up every sequence of labels."""
    scores = np.array([[random.uniform(-3, 3) for _ in range(3)] for _ in range(length)])
    steps = np.array([[random.uniform(-2, 2) for _ in range(3)] for _ in range(3)])
    expected = np.zeros((length, 3))
    for labels in itertools.product(range(3), repeat=length):
        score = sum(scores[at, label] for at, label in enumerate(labels))
        score += sum(steps[pair] for pair in itertools.pairwise(labels))
        for at, label in enumerate(labels):
            expected[at, label] += np.exp(score)
    expected /= expected.sum(axis=1, keepdims=True)
    found = tagger_model.marginals(scores.astype(np.float32), np.exp(steps))
    assert np.allclose(found, expected, atol=1e-5)


def test_the_file_is_the_released_one_and_small():
    facts = json.loads((files("guardrails.data") / tagger_model.FACTS).read_text("utf-8"))
    content = (files("guardrails.data") / tagger_model.FILE).read_bytes()
    assert hashlib.sha256(content).hexdigest() == facts["sha256"]
    assert len(content) == facts["bytes"] <= 12_000_000


def test_another_file_is_refused():
    content = (files("guardrails.data") / tagger_model.FILE).read_bytes()
    with pytest.raises(MaskingFailed, match="not the one"):
        tagger_model.read(content + b"x", hashlib.sha256(content).hexdigest())


def test_listed_names_are_found_and_words_are_not():
    text = "Did Siobhán Gallagher order the Rose Lamp in April?"
    spans = list(ListedNames().find(text, "en"))
    assert [text[span.start : span.end] for span in spans] == ["Siobhán Gallagher"]


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        ((0, 0, 0, 0), "0-00"),
        ((1, 0, 0, 0), "1F00"),
        ((9, 9, 4, 12), "4B23"),
        ((0, 5, 0, 2), "3L01"),
    ],
)
def test_codes_of_words(seen, code):
    assert code_of(*seen) == code


def test_chinese_is_looked_up_by_the_longest_word():
    listed = {"王": "4F03", "小明": "2L00"}
    found = gazetteer.codes(tokens("王小明x"), lambda word: listed.get(word, gazetteer.UNSEEN))
    assert found == ["4F03S", "2L00B", "2L00E", gazetteer.UNSEEN]


def test_labels_follow_spans():
    text = "Call Tobias Wetherby in Bristol"
    spans = (Span(5, 20, "PERSON"), Span(24, 31, "LOC"))
    assert labelled.labels(tokens(text), spans) == ["O", "B-PERSON", "I-PERSON", "O", "LOC"]


def test_a_sentence_does_not_learn_from_its_own_names():
    one = labelled.Sentence("Call Tobias Wetherby", (Span(5, 20, "PERSON"),), "en", "x")
    other = labelled.Sentence("Tobias is back", (Span(0, 6, "PERSON"),), "en", "x")
    seen = counts.total([counts.of_sentence(one), counts.of_sentence(other)])
    code = counts.without(seen, counts.of_sentence(one), names=True)
    assert (code("tobias"), code("wetherby")) == ("1F00", gazetteer.UNSEEN)
    unlisted = counts.without(seen, counts.of_sentence(one), names=False)
    assert unlisted("tobias") == gazetteer.UNSEEN


def _write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")


def _rows(count):
    for number in range(count):
        name = f"Tobias{chr(97 + number % 26)}{chr(97 + number // 26)} Wetherby"
        text = f"Yesterday {name} wrote to us again."
        span = {"start": 10, "end": 10 + len(name), "type": "PERSON"}
        yield {"lang": "en", "dataset": "own", "text": text, "spans": [span]}


def test_training_gives_the_same_file_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "MADE", {})
    monkeypatch.setattr(train, "_MADE", 6)
    monkeypatch.setattr(train, "_MEASURED", 2)
    monkeypatch.setattr(train, "_HELD_OUT", 3)
    monkeypatch.setitem(train.PARAMETERS, "max_iterations", 3)
    monkeypatch.setitem(train.PARAMETERS, "feature.minfreq", 1)
    _write(tmp_path / "train" / "ner_train.jsonl.gz", _rows(200))
    first = train.train(tmp_path, tmp_path / "a")
    again = CliRunner().invoke(
        app, ["train", "tagger", str(tmp_path), "--out", str(tmp_path / "b")]
    )
    assert again.exit_code == 0
    second = json.loads((tmp_path / "b" / tagger_model.FACTS).read_text("utf-8"))
    assert first["sha256"] == second["sha256"]
    assert second["sentences"] == {"own en": first["sentences"]["own en"]}
    assert second["figures"]["sentences"]["en"]["person_recall"] > 50
    content = (tmp_path / "a" / tagger_model.FILE).read_bytes()
    model = tagger_model.read(content, first["sha256"])
    text = "Yesterday Tobiaszz Wetherby wrote to us again."
    assert Span(10, 27, "PERSON") in found_by(model, text, 0.2)


def test_weibo_is_never_trained_with(tmp_path):
    path = tmp_path / "rows.jsonl.gz"
    _write(path, [row | {"dataset": "Weibo NER"} for row in _rows(3)])
    assert list(labelled.read(path)) == []


def test_a_bad_line_is_named(tmp_path):
    path = tmp_path / "rows.jsonl.gz"
    _write(path, [*_rows(2), {"lang": "en", "text": "no spans"}])
    with pytest.raises(AppError, match=r"rows\.jsonl\.gz line 3 is no labelled sentence"):
        list(labelled.read(path))


def test_missing_sentences_are_an_error(tmp_path):
    with pytest.raises(AppError, match="no labelled sentences at"):
        train.train(tmp_path, tmp_path / "out")
