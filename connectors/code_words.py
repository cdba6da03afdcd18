"""The message that carries a one-time code, and those of a link between two chats."""

from __future__ import annotations

_CODE = {
    "en": "Your code is {code}. Enter it only in the chat with us in which you asked for it. It "
    "is good for 10 minutes. If you did not ask for it, ignore this and give it to nobody.",
    "de": "Ihr Code lautet {code}. Geben Sie ihn nur in dem Chat mit uns ein, in dem Sie ihn "
    "angefordert haben. Er gilt 10 Minuten. Haben Sie ihn nicht angefordert, geben Sie ihn "
    "niemandem.",
    "es": "Su código es {code}. Introdúzcalo solo en el chat con nosotros en el que lo pidió. "
    "Vale durante 10 minutos. Si no lo pidió, ignórelo y no se lo dé a nadie.",
    "pt": "Seu código é {code}. Digite-o apenas na conversa conosco em que o pediu. Ele vale por "
    "10 minutos. Se não o pediu, ignore e não o passe a ninguém.",
    "fr": "Votre code est {code}. Saisissez-le uniquement dans la conversation avec nous où vous "
    "l'avez demandé. Il est valable 10 minutes. Si vous ne l'avez pas demandé, ne le donnez à "
    "personne.",
    "it": "Il suo codice è {code}. Lo inserisca solo nella chat con noi in cui l'ha richiesto. "
    "Vale 10 minuti. Se non l'ha richiesto, lo ignori e non lo dia a nessuno.",
    "nl": "Uw code is {code}. Vul die alleen in in de chat met ons waarin u erom vroeg. De code "
    "is 10 minuten geldig. Vroeg u er niet om, geef hem dan aan niemand.",
    "pl": "Kod: {code}. Proszę go wpisać tylko w rozmowie z nami, w której o niego poproszono. "
    "Jest ważny 10 minut. Jeśli to nie Państwo o niego prosili, proszę go nikomu nie podawać.",
    "tr": "Kodunuz: {code}. Yalnızca onu istediğiniz sohbette bize yazın. 10 dakika geçerlidir. "
    "Siz istemediyseniz dikkate almayın ve kimseye vermeyin.",
    "ru": "Ваш код: {code}. Введите его только в том чате с нами, где вы его запросили. Он "
    "действует 10 минут. Если вы его не запрашивали, никому его не сообщайте.",
    "ar": "الرمز الخاص بك هو {code}. أدخله فقط في المحادثة معنا التي طلبته فيها. "
    "وهو صالح لمدة 10 دقائق. إذا لم تطلبه فتجاهله ولا تعطه لأحد.",
    "hi": "आपका कोड {code} है। इसे केवल हमारे साथ उसी चैट में डालें जिसमें आपने इसे माँगा था। यह 10 मिनट तक "
    "मान्य है। यदि आपने इसे नहीं माँगा, तो किसी को न दें।",
    "zh": "您的验证码是 {code}。请只在您申请它的那个与我们的对话中输入。10 分钟内有效。"
    "如果不是您申请的，请忽略，不要告诉任何人。",
    "ja": "確認コードは {code} です。お申し込みになった当社とのチャットにのみ入力してください。"
    "有効期間は 10 分です。お心当たりがなければ、だれにも教えないでください。",
    "ko": "인증 코드는 {code}입니다. 코드를 요청하신 저희와의 대화창에만 입력해 주세요. 10분간 "
    "유효합니다. 요청하지 않으셨다면 누구에게도 알려 주지 마세요.",
    "vi": "Mã của quý khách là {code}. Chỉ nhập mã trong cuộc trò chuyện với chúng tôi mà quý "
    "khách đã yêu cầu. Mã có hiệu lực 10 phút. Nếu không yêu cầu, xin đừng đưa mã cho ai.",
}


def text(language: str, code: str) -> str:
    """The message with the code, in English where the language is none of ours."""
    return _CODE.get(language, _CODE["en"]).format(code=code)
