from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import evaluation
from knowledge.evaluation import Row
from knowledge.quoting import Quote
from knowledge.sentences import spans


def quoted(question: str, text: str, language: str = "en") -> Quote:
    """What is quoted of one document for a question."""
    corpus = evaluation.corpus([{"id": "d", "title": "", "text": text, "lang": language}], ["fast"])
    row = Row("1", question, language=language)
    found = evaluation.answer(corpus, evaluation.find(corpus, "fast", row))
    assert found is not None
    return found


PRICES = """# Delivery

These are our prices.

| Country | Standard | Express |
| --- | ---: | --- |
| Germany | 4.90 € | 9.90 € |
| Spain | **7.90 €** | not offered |

Large parcels take two days more."""


def test_a_row_of_a_table_is_quoted_with_the_names_of_its_columns(configured: object) -> None:
    found = quoted("what does standard delivery to Spain cost?", PRICES)
    assert "Country: Spain, Standard: 7.90 €, Express: not offered" in found.sentences
    assert "|" not in found.text
    assert "---" not in found.text
    assert found.passage.heading == "Delivery"


def test_a_list_item_is_quoted_whole(configured: object) -> None:
    text = (
        "# Sending back\n\nSo it is done:\n\n"
        '1. Open your order. Choose "Return items" there.\n'
        "2. We mail you a label. No printer? Use the QR code\n   at the counter.\n"
        "3. Keep the receipt."
    )
    found = quoted("where do I use the QR code if I have no printer", text)
    assert "We mail you a label. No printer? Use the QR code at the counter." in found.sentences


def test_the_best_sentences_come_in_the_documents_order_under_their_heading(
    configured: object,
) -> None:
    text = (
        "# Warranty\n\nLamps carry two years. Nobody asks for a receipt. Shades are not covered "
        "by the warranty on lamps. We are happy to help."
    )
    found = quoted("does the warranty on lamps cover shades?", text)
    places = [text.index(sentence) for sentence in found.sentences]
    assert places == sorted(places)
    assert "Shades are not covered by the warranty on lamps." in found.sentences
    assert found.passage.heading == "Warranty"


@pytest.mark.parametrize(
    ("language", "question", "text"),
    [
        ("de", "was kostet der Versand", "Der Versand kostet z. B. 5 Euro. Danke für Ihre Mail."),
        ("ja", "送料はいくらですか", "送料は「無料。」です。返品は三十日以内です。"),
        ("zh", "退货要多久", "三十天内可以退货。运费由我们承担。"),
        ("ar", "كم تكلفة الشحن", "تكلفة الشحن خمسة يورو. هل تحتاج شيئا آخر؟ نعم."),
        ("hi", "वापसी कब तक", "वापसी तीस दिन में होती है। शिपिंग मुफ़्त है।"),
    ],
)
def test_sentences_are_whole_in_every_script(
    configured: object, language: str, question: str, text: str
) -> None:
    found = quoted(question, text, language)
    whole = [text[start:end] for start, end in spans(text)]
    assert set(found.sentences) <= set(whole)
    assert found.passage.language == language


@pytest.mark.parametrize(
    "sentence",
    [
        "Die Fa. Meyer GmbH & Co. KG zahlt ca. 5 Mio. Euro.",
        "Das gilt d. h. z. B. am 3. Mai.",
        "El Sr. Pérez vive en la Avda. Diagonal núm. 505.",
        "Cf. p. 5 et M. Dupont.",
        "La Dott.ssa Rossi paga ecc. e basta.",
        "Buty, tj. obuwie, np. trekkingowe.",
        "Офис: г. Москва, ул. Ленина, д. 505.",
        "Dhr. Jansen betaalt m.a.w. niets.",
        "The U.S. warranty covers approx. 5 kg, e.g. tents.",
        "これは「本当。」です。",
    ],
)
def test_an_abbreviation_ends_no_sentence(sentence: str) -> None:
    text = f"{sentence} Ok."
    assert [text[start:end] for start, end in spans(text)] == [sentence, "Ok."]


@given(st.text(alphabet="ab.|-*1 \n「」。。とA", max_size=120))
def test_whatever_is_quoted_is_in_the_text(text: str) -> None:
    from knowledge.quoting import units

    letters = {sign for sign in text if sign.isalnum()}
    for unit in units(text):
        assert unit == unit.strip()
        assert {sign for sign in unit if sign.isalnum()} <= letters
