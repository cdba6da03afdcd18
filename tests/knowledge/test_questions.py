from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.questions import MOST, is_courtesy, questions

TWO = {
    "ar": ("مرحبا، كم تكلفة الشحن؟ وهل يمكنني إرجاع الحذاء؟ شكرا", "الشحن", "الحذاء"),
    "de": ("Guten Tag, wie lange dauert der Versand? Und was kostet eine Rücksendung? Danke!",
           "Versand", "Rücksendung"),
    "en": ("Hi there! How long does shipping take? Also, can I pay by card? Thanks",
           "shipping", "card"),
    "es": ("Hola, ¿cuánto cuesta el envío? ¿Y puedo devolver las botas? Gracias", "envío", "botas"),
    "fr": ("Bonjour, quels sont les délais de livraison ? Et puis-je payer par carte ? Merci",
           "livraison", "carte"),
    "hi": ("नमस्ते, वापसी में कितने दिन लगते हैं? और शिपिंग कितनी है? धन्यवाद", "वापसी", "शिपिंग"),
    "it": ("Ciao, quanto costa la spedizione? E posso restituire la tenda? Grazie",
           "spedizione", "tenda"),
    "ja": ("こんにちは。返品はできますか。送料はいくらですか。よろしくお願いします。",
           "返品", "送料"),
    "ko": ("안녕하세요. 반품이 가능한가요? 배송비는 얼마인가요? 감사합니다", "반품", "배송비"),
    "nl": ("Goedendag, hoe lang duurt de levering? En mag ik de jas ruilen? Bedankt",
           "levering", "jas"),
    "pl": ("Dzień dobry, ile kosztuje wysyłka? Czy mogę zwrócić buty? Dziękuję", "wysyłka", "buty"),
    "pt": ("Olá, qual é o prazo de entrega? E posso pagar com boleto? Obrigada", "prazo", "boleto"),
    "ru": ("Здравствуйте! Сколько стоит доставка? И можно ли вернуть палатку? Спасибо",
           "доставка", "палатку"),
    "tr": ("Merhaba, kargo ne kadar sürer? Ayrıca ayakkabıyı iade edebilir miyim? Teşekkürler",
           "kargo", "ayakkabıyı"),
    "vi": ("Chào shop, phí vận chuyển bao nhiêu? Và tôi có thể trả giày không? Cảm ơn",
           "vận chuyển", "giày"),
    "zh": ("你好，退货要多久？还有，运费是多少？谢谢", "退货", "运费"),
}  # fmt: skip


@pytest.mark.parametrize("language", sorted(TWO))
def test_two_questions_are_taken_apart_and_courtesy_is_left_out(language: str) -> None:
    text, first, second = TWO[language]
    found = questions(text, language)
    assert len(found) == 2
    assert first in found[0]
    assert second not in found[0]
    assert second in found[1]
    assert first not in found[1]
    assert not any(is_courtesy(part) for part in found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("When do you open and can I pay by card?", ["When do you open?", "can I pay by card?"]),
        ("1. How long is the warranty\n2) Do you ship to Spain?\n- What does express cost?",
         ["How long is the warranty", "Do you ship to Spain?", "What does express cost?"]),
        ("I bought a tent last week. When will it arrive? Can I still cancel?",
         ["I bought a tent last week. When will it arrive?", "Can I still cancel?"]),
        ("Can I return it? Do you refund shipping? It is a lamp, by the way.",
         ["Can I return it?", "Do you refund shipping? It is a lamp, by the way."]),
        ("Are hiking boots waterproof? History of the brand?",
         ["Are hiking boots waterproof?", "History of the brand?"]),
    ],
)  # fmt: skip
def test_questions_keep_their_words_and_what_they_are_about(text: str, found: list[str]) -> None:
    assert questions(text, "en") == found


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Can I return shoes and jackets?", "en"),
        ("my tent broke and I am not happy with it", "en"),
        ("How much is delivery to Spain and Portugal?", "en"),
        ("Kann ich Schuhe und Jacken zurückgeben?", "de"),
        ("送料はいくらですか。", "ja"),
        ("Hello", "en"),
        ("Why? How? When? Where? Who? What? Which one?", "en"),
    ],
)
def test_a_message_without_a_clear_split_comes_back_whole(text: str, language: str) -> None:
    assert questions(text, language) == [text]


def test_nothing_is_no_question() -> None:
    assert questions("  \n ", "en") == []


@given(st.text(max_size=300), st.sampled_from([*sorted(TWO), "el"]))
def test_any_text_gives_a_few_questions_made_of_its_words(text: str, language: str) -> None:
    found = questions(text, language)
    assert len(found) <= MOST
    assert bool(found) == bool(text.strip())
    letters = "".join(text.split())
    assert all(sign in letters for part in found for sign in "".join(part.split()))
