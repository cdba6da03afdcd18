from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.language import KNOWN, detect
from knowledge.sentences import spans
from knowledge.tokens import common, tokens


def test_chinese_becomes_single_signs_and_pairs() -> None:
    assert tokens("退货", "zh") == ["退", "货", "退货"]


def test_hindi_words_keep_their_vowel_signs() -> None:
    assert len(tokens("शिपिंग कितने दिन में होती है", "hi")) == 6


def test_thai_becomes_triples() -> None:
    assert tokens("สินค้า", "th") == ["สิน", "ินค", "นค้", "ค้า"]


def test_a_word_and_its_inflection_meet() -> None:
    assert tokens("Rücksendungen", "de") == tokens("Rücksendung", "de")
    assert tokens("returns", "en") == tokens("return", "en")
    assert tokens("ＡＢＣ", "en") == tokens("abc", "en")


def test_mixed_scripts_are_parted() -> None:
    assert tokens("iPhone用ケース", "ja")[:2] == ["iphone", "用"]


def test_common_words_are_known_in_the_form_tokens_have() -> None:
    assert set(tokens("how long do I have to", "en")) <= common("en")
    assert not set(tokens("warranty lamp refund", "en")) & common("en")


@given(st.text(max_size=300), st.sampled_from(KNOWN))
def test_any_text_can_be_cut_into_tokens(text: str, language: str) -> None:
    assert all(tokens(text, language))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Dr. Ash pays e.g. $3.50. Really? Yes!", ["Dr. Ash pays e.g. $3.50.", "Really?", "Yes!"]),
        ("返品できます。はい！「本当？」次。", ["返品できます。", "はい！", "「本当？」", "次。"]),
        ("Am 3. Mai ist zu. Danke.", ["Am 3. Mai ist zu.", "Danke."]),
        ("यह है। दूसरा।", ["यह है।", "दूसरा।"]),
        ("هل هذا؟ نعم.", ["هل هذا؟", "نعم."]),
        ("First\n- one\n- two", ["First", "- one", "- two"]),
        ("A wrapped\nline. End", ["A wrapped\nline.", "End"]),
    ],
)
def test_sentences_end_where_their_script_ends_them(text: str, sentences: list[str]) -> None:
    assert [text[start:end] for start, end in spans(text)] == sentences


@given(st.text(alphabet="ab. !?。\n-1", max_size=200))
def test_sentences_are_in_order_and_leave_only_white_space_out(text: str) -> None:
    last = 0
    for start, end in spans(text):
        assert last <= start < end
        assert not text[last:start].strip()
        last = end
    assert not text[last:].strip()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How long do I have to return an item?", "en"),
        ("Wo ist mein Paket?", "de"),
        ("¿Dónde está mi pedido?", "es"),
        ("Quanto tempo demora a entrega?", "pt"),
        ("hola", "es"),
        ("obrigado", "pt"),
        ("退货需要多久", "zh"),
        ("返品はできますか", "ja"),
        ("где мой заказ", "ru"),
        ("배송은 얼마나 걸리나요", "ko"),
        ("ค่าส่งเท่าไร", "th"),
    ],
)
def test_short_questions_are_told_apart(text: str, language: str) -> None:
    assert detect(text) == language


def test_what_cannot_be_told_falls_back() -> None:
    assert detect("ok", fallback="pt") == "pt"
    assert detect("12345 !!", fallback="ja") == "ja"
    assert detect("", fallback="de") == "de"


def test_only_the_languages_asked_for_are_named() -> None:
    assert detect("Wo ist mein Paket?", among=["en", "de"]) == "de"
    assert detect("退货需要多久", among=["en", "de"], fallback="en") == "en"


@given(st.text(max_size=200))
def test_any_text_gets_a_language(text: str) -> None:
    assert detect(text) in KNOWN


@pytest.mark.parametrize("language", ["en", "de", "ar", "hi", "th", "zh", "tr", "xx"])
def test_a_number_is_a_term_as_it_stands(language: str) -> None:
    assert tokens("4.90 or 12345, 2026", language)[-2:] == ["12345", "2026"]
