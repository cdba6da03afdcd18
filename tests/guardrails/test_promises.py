"""What no answer may promise, in the languages the assistant speaks."""

from __future__ import annotations

import pytest

from bot.words import LANGUAGES
from guardrails.promises import PROMISES, courteous, promised

MADE = {
    "en": ("I have refunded your order.", "We'll cancel the booking for you.", "I guarantee it.",
           "We accept full responsibility.", "Your refund has been approved."),
    "de": ("Ich habe die Bestellung storniert.", "Wir werden Ihnen den Betrag erstatten.",
           "Ich verspreche es Ihnen.", "Wir übernehmen die volle Haftung."),
    "fr": ("J'ai annulé votre commande.", "Je vous garantis la livraison.",
           "Nous allons vous rembourser.", "Nous assumons toute responsabilité."),
    "es": ("He cancelado su pedido.", "Le garantizo la entrega.", "Le reembolsaremos el importe.",
           "Asumimos la responsabilidad."),
    "pt": ("Eu cancelei o seu pedido.", "Garanto que chega amanhã.", "Vamos reembolsar o valor.",
           "Assumimos a responsabilidade."),
    "it": ("Ho annullato il suo ordine.", "Le garantisco la consegna.", "Rimborseremo l'importo.",
           "Ci assumiamo la responsabilità."),
    "nl": ("Ik heb uw bestelling geannuleerd.", "Wij garanderen de levering.",
           "We zullen het bedrag terugbetalen."),
    "pl": ("Anulowałem zamówienie.", "Gwarantuję dostawę.", "Zwrócimy pieniądze."),
    "tr": ("Siparişinizi iptal ettim.", "Teslimatı garanti ediyoruz.", "Ücreti iade edeceğiz."),
    "ru": ("Я отменил ваш заказ.", "Мы вернём деньги.", "Гарантирую доставку."),
    "ar": ("لقد قمت بإلغاء طلبك.", "أضمن لك التسليم.", "سنعيد لك المبلغ."),
    "hi": ("मैंने आपका ऑर्डर रद्द कर दिया है।", "हम गारंटी देते हैं।", "मैं रिफंड कर दूंगा।"),
    "zh": ("我已经为您退款。", "我们保证明天送达。", "我們會為您取消訂單。", "我们承担全部责任。"),
    "ja": ("返金いたします。", "キャンセルしました。", "お約束します。", "責任を負います。"),
    "ko": ("환불해 드리겠습니다.", "주문을 취소했습니다.", "배송을 보장합니다."),
    "vi": ("Tôi đã hoàn tiền cho quý khách.", "Chúng tôi cam kết giao hàng.",
           "Chúng tôi sẽ bồi thường."),
}  # fmt: skip

NONE = {
    "en": ("Refunds take 14 days.", "You can cancel within 30 days.", "I can help you with that."),
    "de": ("Sie können innerhalb von 30 Tagen stornieren.", "Die Garantie gilt zwei Jahre."),
    "fr": ("Vous pouvez annuler votre commande.", "La garantie dure deux ans."),
    "es": ("Puede cancelar su pedido.", "La garantía es de dos años."),
    "pt": ("Pode cancelar o seu pedido.", "A garantia é de dois anos."),
    "it": ("Può annullare l'ordine.", "La garanzia dura due anni."),
    "nl": ("U kunt uw bestelling annuleren.", "De garantie duurt twee jaar."),
    "pl": ("Możesz anulować zamówienie.", "Gwarancja trwa dwa lata."),
    "tr": ("Siparişinizi iptal edebilirsiniz.", "Garanti süresi iki yıldır."),
    "ru": ("Вы можете отменить заказ.", "Гарантия действует два года."),
    "ar": ("يمكنك إلغاء الطلب.", "مدة الضمان سنتان."),
    "hi": ("आप ऑर्डर रद्द कर सकते हैं।", "वारंटी दो साल की है।"),
    "zh": ("您可以取消订单。", "保修期为两年。", "退款需要14天。"),
    "ja": ("返品は30日以内に可能です。", "保証期間は2年です。"),
    "ko": ("주문을 취소할 수 있습니다.", "보증 기간은 2년입니다."),
    "vi": ("Quý khách có thể hủy đơn hàng.", "Thời gian bảo hành là hai năm."),
}


def test_every_language_of_the_assistant_is_covered() -> None:
    assert set(PROMISES) == set(LANGUAGES) == set(MADE) == set(NONE)


@pytest.mark.parametrize(
    "text", [text for texts in MADE.values() for text in texts], ids=lambda text: text[:40]
)
def test_a_promise_is_seen(text: str) -> None:
    assert promised(text)


@pytest.mark.parametrize(
    "text", [text for texts in NONE.values() for text in texts], ids=lambda text: text[:40]
)
def test_what_a_customer_may_do_is_no_promise(text: str) -> None:
    assert promised(text) == []


def test_the_company_may_add_phrases() -> None:
    assert promised("Wir liefern bis Weihnachten.", ["bis weihnachten"]) == ["bis weihnachten"]
    assert promised("RESULTS ARE PERMANENT", ["results are permanent"])


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for your question!", "I'm happy to help.", "Is there anything else?", "Gerne!",
        "Vielen Dank für Ihre Frage.", "Bonjour!", "N'hésitez pas.", "¡Con gusto!", "Obrigado!",
        "Grazie mille!", "Graag gedaan!", "Спасибо!", "您好！", "感谢您的提问！",
        "ありがとうございます。", "감사합니다.", "还有其他问题吗？",
        "I'm sorry for your loss.", "No problem.",
    ],
)  # fmt: skip
def test_courtesies_state_nothing(text: str) -> None:
    assert courteous(text) or len(text) < 16


@pytest.mark.parametrize(
    "text",
    [
        "Sure, we cover water damage.", "Of course, shipping is free.", "Yes, it is refundable.",
        "Great, you qualify for a loan.", "Gerne, der Versand ist kostenlos.",
        "Hi, it costs 5 EUR.", "Claro, el envío es gratuito.", "您好，运费全免。",
        "はい、送料は無料です。", "네, 배송은 무료입니다.",
    ],
)  # fmt: skip
def test_a_statement_is_not_excused_by_the_courtesy_before_it(text: str) -> None:
    assert not courteous(text)
