"""What the assistant says in its own words, per language: everything else is quoted.

The texts are fixed and not a matter of persona: the notice that an AI answers is a legal duty
(EU AI Act, Article 50(1)), and a customer must be able to rely on the offer of a person.
"""

from __future__ import annotations

from typing import Literal, get_args

Phrase = Literal[
    "notice",
    "greeting",
    "thanks",
    "handover",
    "no_answer",
    "not_text",
    "opt_out",
    "emergency",
    "clarify",
    "elsewhere",
    "rest",
]

LANGUAGES = (
    "en", "de", "es", "pt", "fr", "it", "nl", "pl", "tr", "ru", "ar", "hi", "zh", "ja", "ko", "vi",
)  # fmt: skip

_NOTICE = {
    "en": "I am {name}, an AI assistant. You can ask for a person at any time.",
    "de": "Ich bin {name}, eine KI-Assistenz. Sie können jederzeit nach einem Menschen fragen.",
    "es": "Soy {name}, una asistente de IA. Puede pedir hablar con una persona en todo momento.",
    "pt": "Sou {name}, uma assistente de IA. Você pode pedir para falar com uma pessoa a qualquer "
    "momento.",
    "fr": "Je suis {name}, une assistante IA. Vous pouvez demander à parler à une personne à tout "
    "moment.",
    "it": "Sono {name}, un'assistente IA. Può chiedere di parlare con una persona in ogni momento.",
    "nl": "Ik ben {name}, een AI-assistent. U kunt altijd om een medewerker vragen.",
    "pl": "Jestem {name}, asystentem AI. W każdej chwili można poprosić o rozmowę z człowiekiem.",
    "tr": "Ben {name}, bir yapay zekâ asistanıyım. İstediğiniz zaman bir kişiyle görüşmeyi "
    "isteyebilirsiniz.",
    "ru": "Я {name}, ИИ-ассистент. Вы можете в любой момент попросить соединить с человеком.",
    "ar": "أنا {name}، مساعد يعمل بالذكاء الاصطناعي. يمكنك طلب التحدث إلى شخص في أي وقت.",
    "hi": "मैं {name} हूँ, एक एआई सहायक। आप किसी भी समय किसी व्यक्ति से बात करने के लिए कह सकते हैं।",
    "zh": "我是 {name}，一名 AI 助手。您可以随时要求转接人工客服。",
    "ja": "{name} と申します。AI アシスタントです。いつでも担当者への交代をお申し付けください。",
    "ko": "저는 AI 상담원 {name}입니다. 언제든지 사람 상담원을 요청하실 수 있습니다.",
    "vi": "Tôi là {name}, trợ lý AI. Quý khách có thể yêu cầu gặp nhân viên bất cứ lúc nào.",
}

_GREETING = {
    "en": "Hello! What would you like to know?",
    "de": "Guten Tag! Was möchten Sie wissen?",
    "es": "¡Hola! ¿Qué le gustaría saber?",
    "pt": "Olá! O que você gostaria de saber?",
    "fr": "Bonjour ! Que souhaitez-vous savoir ?",
    "it": "Buongiorno! Che cosa desidera sapere?",
    "nl": "Hallo! Wat wilt u weten?",
    "pl": "Dzień dobry! Co chcieliby Państwo wiedzieć?",
    "tr": "Merhaba! Ne öğrenmek istersiniz?",
    "ru": "Здравствуйте! Что бы вы хотели узнать?",
    "ar": "مرحبًا! ماذا تود أن تعرف؟",
    "hi": "नमस्ते! आप क्या जानना चाहेंगे?",
    "zh": "您好！请问您想了解什么？",
    "ja": "こんにちは。どのようなことをお知りになりたいですか。",
    "ko": "안녕하세요! 무엇이 궁금하신가요?",
    "vi": "Xin chào! Quý khách muốn biết điều gì?",
}

_THANKS = {
    "en": "You are welcome. Just write if there is anything else.",
    "de": "Gern geschehen. Schreiben Sie einfach, wenn noch etwas ist.",
    "es": "De nada. Escriba cuando necesite algo más.",
    "pt": "De nada. É só escrever se precisar de mais alguma coisa.",
    "fr": "Je vous en prie. Écrivez-nous si vous avez une autre question.",
    "it": "Prego. Scriva pure se serve altro.",
    "nl": "Graag gedaan. Schrijf gerust als er nog iets is.",
    "pl": "Proszę bardzo. W razie pytań prosimy pisać.",
    "tr": "Rica ederim. Başka bir şey olursa yazmanız yeterli.",
    "ru": "Пожалуйста. Напишите, если понадобится что-то ещё.",
    "ar": "على الرحب والسعة. اكتب لنا إذا احتجت إلى أي شيء آخر.",
    "hi": "आपका स्वागत है। और कुछ हो तो बस लिख दीजिए।",
    "zh": "不客气。如有其他问题，请随时留言。",
    "ja": "どういたしまして。ほかにもございましたら、お知らせください。",
    "ko": "천만에요. 더 궁금한 점이 있으면 말씀해 주세요.",
    "vi": "Không có gì ạ. Quý khách cứ nhắn nếu cần thêm điều gì.",
}

_HANDOVER = {
    "en": "I am passing you on to a colleague, who will read what you wrote and answer here.",
    "de": "Ich gebe an eine Kollegin oder einen Kollegen weiter. Dort wird Ihre Nachricht gelesen "
    "und hier beantwortet.",
    "es": "Le paso con una persona del equipo, que leerá lo que ha escrito y responderá aquí.",
    "pt": "Vou passar você para uma pessoa da equipe, que lerá o que você escreveu e responderá "
    "aqui.",
    "fr": "Je transmets à une personne de l'équipe, qui lira votre message et répondra ici.",
    "it": "La passo a una persona del team, che leggerà quanto ha scritto e risponderà qui.",
    "nl": "Ik geef u door aan een medewerker, die uw bericht leest en hier antwoordt.",
    "pl": "Przekazuję rozmowę osobie z zespołu, która przeczyta wiadomość i odpowie tutaj.",
    "tr": "Sizi bir ekip arkadaşımıza aktarıyorum; yazdıklarınızı okuyup buradan yanıtlayacak.",
    "ru": "Передаю разговор сотруднику: он прочитает ваше сообщение и ответит здесь.",
    "ar": "سأحوّلك إلى أحد الزملاء، وسيقرأ ما كتبته ويجيبك هنا.",
    "hi": "मैं आपकी बातचीत एक सहकर्मी को सौंप रहा हूँ, जो आपका संदेश पढ़कर यहीं उत्तर देंगे।",
    "zh": "我正在为您转接同事，同事会阅读您的留言并在这里回复。",
    "ja": "担当者におつなぎします。ご記入の内容を確認のうえ、こちらでお答えします。",
    "ko": "담당자에게 연결해 드리겠습니다. 남겨 주신 내용을 읽고 이곳에서 답변드립니다.",
    "vi": "Tôi xin chuyển cho nhân viên; nhân viên sẽ đọc tin nhắn và trả lời tại đây.",
}

_NO_ANSWER = {
    "en": "I do not find a reliable answer to this in our information.",
    "de": "Dazu finde ich in unseren Informationen keine verlässliche Antwort.",
    "es": "No encuentro una respuesta fiable a esto en nuestra información.",
    "pt": "Não encontro uma resposta confiável para isso em nossas informações.",
    "fr": "Je ne trouve pas de réponse fiable à ce sujet dans nos informations.",
    "it": "Non trovo una risposta affidabile nelle nostre informazioni.",
    "nl": "Ik vind hierover geen betrouwbaar antwoord in onze informatie.",
    "pl": "Nie znajduję na to pewnej odpowiedzi w naszych informacjach.",
    "tr": "Bilgilerimizde buna güvenilir bir yanıt bulamıyorum.",
    "ru": "В наших материалах я не нахожу надёжного ответа на это.",
    "ar": "لا أجد إجابة موثوقة عن ذلك في معلوماتنا.",
    "hi": "हमारी जानकारी में मुझे इसका भरोसेमंद उत्तर नहीं मिला।",
    "zh": "我在现有资料中没有找到可靠的答案。",
    "ja": "手元の情報には、確かなお答えが見つかりませんでした。",
    "ko": "보유한 정보에서 확실한 답을 찾지 못했습니다.",
    "vi": "Tôi không tìm thấy câu trả lời đáng tin cậy trong thông tin của chúng tôi.",
}

_NOT_TEXT = {
    "en": "I can only read text. Please describe your question in words, or ask for a person.",
    "de": "Ich kann nur Text lesen. Bitte beschreiben Sie Ihr Anliegen in Worten, oder fragen Sie "
    "nach einem Menschen.",
    "es": "Solo puedo leer texto. Describa su consulta con palabras o pida hablar con una persona.",
    "pt": "Só consigo ler texto. Descreva a dúvida em palavras ou peça para falar com alguém.",
    "fr": "Je ne lis que le texte. Décrivez votre question par écrit, ou demandez une personne.",
    "it": "Posso leggere solo testo. Descriva la domanda a parole o chieda di una persona.",
    "nl": "Ik kan alleen tekst lezen. Omschrijf uw vraag in woorden, of vraag om een medewerker.",
    "pl": "Czytam tylko tekst. Proszę opisać pytanie słowami albo poprosić o człowieka.",
    "tr": "Yalnızca metin okuyabiliyorum. Sorunuzu yazıyla anlatın ya da bir kişi isteyin.",
    "ru": "Я читаю только текст. Опишите вопрос словами или попросите человека.",
    "ar": "أستطيع قراءة النصوص فقط. صف سؤالك بالكلمات أو اطلب التحدث إلى شخص.",
    "hi": "मैं केवल लिखा हुआ पढ़ सकता हूँ। कृपया अपना प्रश्न शब्दों में लिखें या किसी व्यक्ति से बात करने को कहें।",
    "zh": "我只能阅读文字。请用文字描述您的问题，或要求转接人工客服。",
    "ja": "文字のみ読み取れます。ご質問を文章でお書きいただくか、担当者をお呼びください。",
    "ko": "저는 글만 읽을 수 있습니다. 질문을 글로 적어 주시거나 사람 상담원을 요청해 주세요.",
    "vi": "Tôi chỉ đọc được chữ. Xin mô tả câu hỏi bằng lời hoặc yêu cầu gặp nhân viên.",
}

_OPT_OUT = {
    "en": "Understood: you will get no more promotional messages from us.",
    "de": "Verstanden: Sie erhalten von uns keine Werbenachrichten mehr.",
    "es": "Entendido: no recibirá más mensajes promocionales nuestros.",
    "pt": "Entendido: você não receberá mais mensagens promocionais nossas.",
    "fr": "C'est noté : vous ne recevrez plus de messages promotionnels de notre part.",
    "it": "Ricevuto: non riceverà più messaggi promozionali da noi.",
    "nl": "Begrepen: u ontvangt geen reclameberichten meer van ons.",
    "pl": "Rozumiem: nie będziemy już wysyłać wiadomości promocyjnych.",
    "tr": "Anlaşıldı: Bizden artık tanıtım mesajı almayacaksınız.",
    "ru": "Понятно: рекламных сообщений от нас больше не будет.",
    "ar": "مفهوم: لن تصلك منا رسائل ترويجية بعد الآن.",
    "hi": "ठीक है: अब हमारी ओर से कोई प्रचार संदेश नहीं आएगा।",
    "zh": "好的，我们不会再向您发送推广信息。",
    "ja": "承知しました。今後、宣伝のメッセージはお送りしません。",
    "ko": "알겠습니다. 앞으로 홍보 메시지를 보내지 않겠습니다.",
    "vi": "Đã rõ: quý khách sẽ không nhận thêm tin quảng cáo từ chúng tôi.",
}

_EMERGENCY = {
    "en": "If anyone is in danger, please call your local emergency number now.",
    "de": "Wenn jemand in Gefahr ist, rufen Sie bitte jetzt den Notruf an.",
    "es": "Si alguien está en peligro, llame ahora al número de emergencias de su país.",
    "pt": "Se alguém estiver em perigo, ligue agora para o número de emergência da sua região.",
    "fr": "Si quelqu'un est en danger, appelez tout de suite le numéro d'urgence local.",
    "it": "Se qualcuno è in pericolo, chiami subito il numero di emergenza locale.",
    "nl": "Is er iemand in gevaar? Bel dan nu het lokale alarmnummer.",
    "pl": "Jeśli ktoś jest w niebezpieczeństwie, proszę natychmiast zadzwonić pod numer alarmowy.",
    "tr": "Tehlikede olan biri varsa lütfen hemen yerel acil durum numarasını arayın.",
    "ru": "Если кому-то угрожает опасность, сразу звоните в местную экстренную службу.",
    "ar": "إذا كان أي شخص في خطر، فاتصل الآن برقم الطوارئ المحلي.",
    "hi": "अगर कोई ख़तरे में है तो कृपया अभी स्थानीय आपातकालीन नंबर पर फ़ोन करें।",
    "zh": "如果有人处于危险之中，请立即拨打当地紧急电话。",
    "ja": "どなたかに危険がある場合は、すぐに最寄りの緊急通報番号へお電話ください。",
    "ko": "누군가 위험한 상황이라면 지금 바로 현지 긴급 전화번호로 연락해 주세요.",
    "vi": "Nếu có người gặp nguy hiểm, hãy gọi ngay số khẩn cấp tại nơi quý khách ở.",
}

_CLARIFY = {
    "en": "I am not sure that I understand your question. Could you put it in other words, or say "
    "what exactly it is about?",
    "de": "Ich bin nicht sicher, ob ich Ihre Frage richtig verstehe. Können Sie sie anders "
    "formulieren oder sagen, worum es genau geht?",
    "es": "No estoy seguro de entender su pregunta. ¿Puede decirla con otras palabras o precisar "
    "de qué se trata?",
    "pt": "Não sei se entendi bem a sua pergunta. Pode dizê-la com outras palavras ou explicar do "
    "que se trata?",
    "fr": "Je ne suis pas sûr de comprendre votre question. Pouvez-vous la formuler autrement ou "
    "préciser de quoi il s'agit ?",
    "it": "Non sono sicuro di aver capito la domanda. Può dirla con altre parole o precisare di "
    "che cosa si tratta?",
    "nl": "Ik weet niet zeker of ik uw vraag begrijp. Kunt u het anders zeggen, of aangeven waar "
    "het precies om gaat?",
    "pl": "Nie mam pewności, czy dobrze rozumiem pytanie. Proszę ująć je inaczej lub napisać, "
    "czego dokładnie dotyczy.",
    "tr": "Sorunuzu doğru anladığımdan emin değilim. Başka sözcüklerle yazabilir ya da tam olarak "
    "neyle ilgili olduğunu söyleyebilir misiniz?",
    "ru": "Не уверен, что правильно понял вопрос. Можете сказать иначе или уточнить, о чём именно "
    "речь?",
    "ar": "لست متأكدًا من أنني فهمت سؤالك. هل يمكنك صياغته بكلمات أخرى أو توضيح ما تقصده بالضبط؟",
    "hi": "मुझे पक्का नहीं कि मैं आपका प्रश्न समझ पाया हूँ। क्या आप इसे दूसरे शब्दों में लिख "
    "सकते हैं या बता सकते हैं कि यह किस बारे में है?",
    "zh": "我不确定是否理解了您的问题。能否换一种说法，或说明具体是关于什么的？",
    "ja": "ご質問を正しく理解できているか自信がありません。別の言い方で、"
    "または具体的に何についてかをお書きいただけますか。",
    "ko": "질문을 제대로 이해했는지 확실하지 않습니다. 다른 말로 적어 주시거나 "
    "정확히 무엇에 관한 것인지 알려 주시겠어요?",
    "vi": "Tôi chưa chắc đã hiểu đúng câu hỏi. Quý khách có thể diễn đạt cách khác hoặc "
    "cho biết cụ thể là về điều gì không?",
}

_ELSEWHERE = {
    "en": "Our information says this, in the language it is written in:",
    "de": "Das steht in unseren Informationen, in der Sprache, in der sie geschrieben sind:",
    "es": "Nuestra información dice lo siguiente, en el idioma en que está escrita:",
    "pt": "As nossas informações dizem o seguinte, no idioma em que estão escritas:",
    "fr": "Voici ce que disent nos informations, dans la langue où elles sont écrites :",
    "it": "Le nostre informazioni dicono questo, nella lingua in cui sono scritte:",
    "nl": "Dit staat in onze informatie, in de taal waarin die geschreven is:",
    "pl": "Oto co mówią nasze informacje, w języku, w którym je napisano:",
    "tr": "Bilgilerimizde, yazıldığı dilde şu yer alıyor:",
    "ru": "Вот что говорится в наших материалах, на языке оригинала:",
    "ar": "هذا ما تقوله معلوماتنا باللغة التي كُتبت بها:",
    "hi": "हमारी जानकारी में, जिस भाषा में वह लिखी है, यह कहा गया है:",
    "zh": "我们的资料中有以下内容（以原文语言显示）：",
    "ja": "資料には次のように書かれています（原文のまま）：",
    "ko": "저희 자료에는 원문으로 다음과 같이 나와 있습니다:",
    "vi": "Tài liệu của chúng tôi viết như sau, bằng ngôn ngữ gốc:",
}

_REST = {
    "en": "To the rest of your message I find no reliable answer.",
    "de": "Zum Rest Ihrer Nachricht finde ich keine verlässliche Antwort.",
    "es": "Para el resto de su mensaje no encuentro una respuesta fiable.",
    "pt": "Para o resto da sua mensagem não encontro uma resposta confiável.",
    "fr": "Pour le reste de votre message, je ne trouve pas de réponse fiable.",
    "it": "Per il resto del messaggio non trovo una risposta affidabile.",
    "nl": "Op de rest van uw bericht vind ik geen betrouwbaar antwoord.",
    "pl": "Na pozostałą część wiadomości nie znajduję pewnej odpowiedzi.",
    "tr": "Mesajınızın geri kalanına güvenilir bir yanıt bulamıyorum.",
    "ru": "На остальную часть сообщения я не нахожу надёжного ответа.",
    "ar": "لا أجد إجابة موثوقة عن بقية رسالتك.",
    "hi": "आपके संदेश के शेष भाग का मुझे भरोसेमंद उत्तर नहीं मिला।",
    "zh": "对于您留言中的其余问题，我没有找到可靠的答案。",
    "ja": "そのほかのご質問には、確かなお答えが見つかりませんでした。",
    "ko": "나머지 문의에 대해서는 확실한 답을 찾지 못했습니다.",
    "vi": "Với phần còn lại của tin nhắn, tôi không tìm thấy câu trả lời đáng tin cậy.",
}

_ALL: dict[Phrase, dict[str, str]] = {
    "notice": _NOTICE,
    "greeting": _GREETING,
    "thanks": _THANKS,
    "handover": _HANDOVER,
    "no_answer": _NO_ANSWER,
    "not_text": _NOT_TEXT,
    "opt_out": _OPT_OUT,
    "emergency": _EMERGENCY,
    "clarify": _CLARIFY,
    "elsewhere": _ELSEWHERE,
    "rest": _REST,
}

PHRASES: tuple[Phrase, ...] = get_args(Phrase)


def say(phrase: Phrase, language: str | None, *, name: str = "") -> str:
    """The phrase in this language (`pt-BR` counts as `pt`), else in English."""
    table = _ALL[phrase]
    short = (language or "en").partition("-")[0].lower()
    return table.get(short, table["en"]).format(name=name)
