# ruff: noqa: E501 - patterns and phrases are lists, one language below the other
"""Sentences customers write who want a person, and sentences that only use the same words."""

from __future__ import annotations

WANTS_PERSON = {
    "en": [
        "I want to talk to a human", "can I speak with a real person please", "agent", "human please",
        "connect me to an agent", "Let me speak to someone", "transfer me to customer service now",
        "I'd like to chat with a representative", "get me a manager", "is there a real person there?",
        "I need human help", "stop the bot, give me a person", "I don't want a bot, I want a human",
        "put me through to your support team", "could someone from your team call me back?",
        "speak to an operator", "TALK TO A HUMAN!!!", "can a human look at this", "live agent",
        "I would prefer to deal with a real human", "escalate this to a supervisor",
        "please have someone call me", "I demand to speak to your manager",
    ],
    "de": [
        "Ich möchte mit einem Menschen sprechen", "Kann ich bitte mit einem Mitarbeiter reden?",
        "Mitarbeiter", "verbinden Sie mich mit dem Kundenservice", "Ich will einen echten Menschen",
        "Geben Sie mir jemanden vom Support", "kein Bot bitte, ein Mensch", "Mensch bitte",
        "Ich brauche einen Ansprechpartner", "mit einer echten Person schreiben",
        "Können Sie mich an einen Kollegen weiterleiten?", "Kann mich bitte jemand anrufen?",
    ],
    "es": [
        "Quiero hablar con una persona", "hablar con un agente", "agente", "¿puedo hablar con alguien?",
        "pásame con un operador", "necesito un agente humano", "quiero una persona real",
        "comuníqueme con atención al cliente", "no quiero un robot, quiero una persona",
        "que me atienda un humano", "me gustaría hablar con su supervisor", "Póngame con un asesor",
    ],
    "pt": [
        "Quero falar com uma pessoa", "falar com atendente", "atendente", "preciso de um humano, um humano por favor",
        "gostaria de falar com alguém", "me transfere para um atendente humano",
        "não quero robô, quero uma pessoa", "posso falar com um operador?", "quero atendimento humano",
        "Pode passar para um colega, um funcionário de verdade?", "falar com o gerente",
    ],
    "fr": [
        "Je veux parler à un humain", "Puis-je parler à un conseiller ?", "un conseiller svp",
        "je voudrais parler à quelqu'un", "passez-moi un agent", "transférez-moi vers le service client",
        "je souhaite une vraie personne", "j'ai besoin d'un humain, d'un conseiller",
        "mettez-moi en relation avec une personne", "pas un robot, une personne !", "parler avec un responsable",
    ],
    "it": [
        "Voglio parlare con una persona", "vorrei parlare con un operatore", "operatore",
        "posso parlare con qualcuno?", "mi passi un operatore", "voglio un operatore umano",
        "mettimi in contatto con una persona vera", "non un robot, una persona", "parlare con un essere umano",
        "vorrei contattare il servizio clienti",
    ],
    "nl": [
        "Ik wil een mens spreken", "kan ik met een medewerker praten?", "medewerker",
        "verbind me met een medewerker", "ik wil graag iemand spreken", "ik wil een echt persoon",
        "doorverbinden met de klantenservice", "geen bot maar een mens", "mag ik met iemand chatten?",
        "Graag contact met een collega",
    ],
    "zh": [
        "转人工", "我要人工客服", "我想和真人说话", "人工", "请帮我找客服人员", "不要机器人",
        "能不能接人工服务", "我要找你们经理", "有真人吗，给我真人", "轉接真人客服", "我想跟工作人员沟通",
    ],
    "ja": [
        "人間と話したい", "オペレーターにつないでください", "担当者と話したいです", "有人対応をお願いします",
        "スタッフに代わってください", "人と話せますか", "ボットではなく人に対応してほしい", "担当の方をお願いします",
        "オペレーター", "責任者を呼んでください",
    ],
    "ar": [
        "أريد التحدث مع شخص", "حولني إلى موظف", "أريد موظف حقيقي", "هل يمكنني التحدث إلى إنسان؟",
        "ممكن اتكلم مع خدمة العملاء", "اريد ان اكلم ممثل", "موظف من فضلك", "لا أريد روبوت أريد شخص",
        "وصلني بموظف", "أرغب في التحدث مع مسؤول",
    ],
    "tr": [
        "Bir insanla konuşmak istiyorum", "müşteri temsilcisine bağlanmak istiyorum", "canlı destek",
        "beni temsilciye bağla", "gerçek biriyle görüşmek istiyorum", "yetkili biriyle konuşabilir miyim",
        "operatöre aktarır mısınız", "temsilci lütfen", "robot değil insan istiyorum",
    ],
    "ru": [
        "Хочу поговорить с человеком", "соедините с оператором", "оператор", "позовите менеджера",
        "нужен живой человек", "переключите на оператора", "можно поговорить с сотрудником?",
        "не бот, а человек нужен", "дайте живого консультанта",
    ],
    "ko": [
        "상담원 연결해 주세요", "사람과 얘기하고 싶어요", "상담원", "실제 사람이랑 통화하고 싶습니다",
        "담당자에게 연결 부탁드려요", "직원과 상담하고 싶어요", "봇 말고 사람", "매니저 바꿔 주세요",
    ],
    "hi": [
        "मुझे किसी इंसान से बात करनी है", "एजेंट से बात करवाइए", "मुझे एजेंट चाहिए", "किसी व्यक्ति से जोड़िए",
        "mujhe insaan se baat karni hai", "agent se connect karo", "क्या मैं किसी प्रतिनिधि से बात कर सकता हूँ",
        "कस्टमर केयर से बात करनी है",
    ],
    "vi": [
        "Tôi muốn nói chuyện với người thật", "cho tôi gặp nhân viên", "kết nối với tư vấn viên",
        "gặp nhân viên", "tôi cần nhân viên hỗ trợ", "không phải bot, tôi cần nhân viên",
        "chuyển tôi đến tổng đài viên", "có nhân viên nào không",
    ],
    "th": [
        "ขอคุยกับเจ้าหน้าที่", "อยากคุยกับคนจริงๆ", "ต้องการติดต่อพนักงาน", "ขอสายพนักงานหน่อย",
        "ขอคุยกับแอดมิน", "ไม่เอาบอท", "โอนสายให้เจ้าหน้าที่", "คุยกับคนได้ไหม",
    ],
    "pl": [
        "Chcę rozmawiać z człowiekiem", "proszę połączyć z konsultantem", "konsultant",
        "czy mogę porozmawiać z pracownikiem?", "potrzebuję prawdziwej osoby", "połącz mnie z człowiekiem",
        "nie bot, tylko człowiek", "chcę kontakt z obsługą, z kimś", "przełącz mnie na konsultanta",
    ],
    "id": [
        "Saya mau bicara dengan manusia", "hubungkan saya dengan CS", "saya ingin berbicara dengan agen",
        "tolong sambungkan ke operator", "butuh bantuan orang asli", "mau chat dengan customer service",
        "bukan bot, saya mau orang asli", "bisa bicara dengan admin?", "minta dihubungkan ke staf",
    ],
}  # fmt: skip

WANTS_NO_PERSON = [
    "how many persons fit in the tent", "is the agent fee included", "a tent for two people",
    "is the price per person?", "what does the real leather bag cost", "does it support human hair",
    "do I need a travel agent for this tour?", "I want a two person tent", "can a person of 90 kg use it?",
    "is the cleaning agent safe for wool?", "My manager bought this chair, it is broken",
    "is this item in stock? someone told me it was", "I need the agent commission waived",
    "the delivery person left it outside", "I need a one person sleeping bag", "who is the sales representative price for",
    "What time does support open?", "Can I get human-readable receipts?", "my order was taken by someone else",
    "the person who ordered is my wife", "please send it to a different person",
    "Passt das Zelt für vier Personen?", "Was kostet es pro Person?", "Sind Menschen mit Allergien betroffen?",
    "Ein Mitarbeiter hat mir gestern geantwortet, danke", "Das Paket hat jemand anderes angenommen",
    "¿Cuánto cuesta por persona?", "carpa para dos personas", "¿la comisión del agente está incluida?",
    "un agente de viajes me lo recomendó", "barraca para quatro pessoas", "o preço é por pessoa?",
    "quantas pessoas cabem na barraca?", "tente pour deux personnes", "le prix par personne svp ?",
    "combien de personnes peuvent dormir dedans", "tenda per due persone", "quanto costa a persona?",
    "tent voor vier personen", "prijs per persoon?", "这个帐篷能住几个人", "两人帐篷多少钱", "人工费包含吗",
    "这是人工智能吗", "何人用のテントですか", "一人当たりいくらですか", "大人二人で使えますか",
    "الخيمة لشخصين كم سعرها", "كم السعر للشخص الواحد", "çadır kaç kişilik", "kişi başı fiyat nedir",
    "палатка на двух человек есть?", "сколько стоит на человека", "몇 인용 텐트인가요", "1인당 가격이 얼마예요",
    "टेंट कितने लोगों के लिए है", "lều cho mấy người", "giá mỗi người bao nhiêu", "เต็นท์นอนได้กี่คน",
    "ราคาต่อคนเท่าไหร่", "namiot dla ilu osób", "cena za osobę?", "tenda untuk berapa orang",
    "harga per orang berapa", "Is there a lost property office?", "I would like a refund please",
    "can I have the invoice", "do you have any people carrier seats", "Can someone else pick up my parcel?",
    "need help with my order", "The agency charged me twice", "is the operator manual included",
]  # fmt: skip

OPT_OUT = [
    "STOP", "stop", "Unsubscribe", "abmelden", "BAJA", "parar", "désabonner", "退订", "配信停止", "стоп",
    "수신거부", "iptal", "إلغاء الاشتراك", "berhenti", "please stop messaging me", "don't contact me again",
]  # fmt: skip

GOES_ON = [
    "stop the order please", "where is the bus stop?", "cancel my order", "does the strap have a stop?",
    "parar en Madrid es posible?", "please stop my delivery until Monday", "don't contact my neighbour",
]  # fmt: skip
