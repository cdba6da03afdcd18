# ruff: noqa: E501 - patterns and phrases are lists, one language below the other
"""What an answer may not promise, and the courtesies it may say although no source does.

Patterns are matched on folded text, as those in `phrases`: `~` is some words in between, `^^`
some characters. The languages are those the assistant speaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from guardrails.grounding import words
from guardrails.phrases import compiled
from guardrails.text import fold, script, word_set

PROMISES: dict[str, tuple[str, ...]] = {
    "en": (
        r"\b(?:i|we)(?:'ll| will| have|'ve| can(?= guarantee)| am going to|'m going to| are going to|'re going to| just| already)*"
        r" (?:just |already |now |personally |fully |immediately |hereby )*(?:refund(?:ed|ing)?|reimburse[d]?|escalate[d]?|cancel(?:l?ed)?|guarantee[d]?|promise[d]?"
        r"|compensate[d]?|credit(?:ed)?|waive[d]?|upgrade[d]?|process(?:ed)? (?:your|the|a) refund|issue[d]? (?:a|your|the) (?:full )?refund|commit(?:ted)? to"
        r"|(?:sent|send|forward(?:ed)?|transferr?(?:ed)?|pass(?:ed)?) (?:this|your|you|it)(?: \w+)? (?:to|request|case|on)|book(?:ed)?|order(?:ed)?|chang(?:e|ed) your (?:address|order|booking)"
        r"|update[d]? your (?:address|order|account|booking|details)|(?:arrange|organi[sz]e|schedule)[d]? (?:a|your|the)|open(?:ed)? a (?:ticket|case))\b",
        r"\byour (?:refund|compensation|credit|voucher) (?:has been|is|was) (?:now |already |being )*(?:processed|issued|approved|granted|sent|credited|confirmed)\b",
        r"\b(?:legally binding|binding offer|legal advice)\b",
        r"\b(?:you have my word|rest assured that we will|you are (?:guaranteed|assured)|is guaranteed to)\b",
        r"\b(?:accepts?|admits?|assumes?|acknowledges?|confirms?|take)\b~\b(?:liability|(?:full|legal|the) responsibility|responsibility for|fault|guilt)\b",
    ),
    "de": (
        r"\b(?:rechtsverbindlich|verbindliches angebot|rechtsberatung)\b",
        r"\b(?:haftung|schuld|verantwortung)\b~\b(?:ubernehmen|ubernimmt|anerkennen|tragen|tragt|an)\b"
        r"|\b(?:ubernehmen|ubernimmt|tragen|anerkennen)\b~\b(?:haftung|schuld|verantwortung)\b",
        r"\b(?:ich|wir) (?:habe|haben|werde|werden)\b~\b(?:erstattet|erstatten|eskaliert|eskalieren|storniert|stornieren|weitergeleitet|weiterleiten|garantieren|gutgeschrieben|gutschreiben|veranlasst|veranlassen|zuruckerstattet|bestellt|gebucht|geandert)\b",
        r"\b(?:ich|wir) (?:garantiere[n]?|verspreche[n]?|sichere[n]? ihnen)\b|\b(?:garantiere|verspreche|storniere|erstatte) ich\b",
        r"\bihre (?:erstattung|ruckzahlung|gutschrift) (?:wurde|ist)\b~\b(?:veranlasst|bearbeitet|genehmigt|uberwiesen|bestatigt)\b",
    ),
    "fr": (
        r"\b(?:juridiquement contraignant|offre ferme|conseil juridique)\b",
        r"\b(?:j'ai|nous avons)\b~\b(?:rembourse|annule|transmis|transfere|escalade|credite|reserve|commande)\b",
        r"\bje (?:vais )?(?:vous )?(?:garantis|promets|rembourse[r]?|annule[r]?)\b|\bnous (?:allons )?(?:vous )?(?:garantissons|promettons|rembourser(?:ons)?|remboursons)\b",
        r"\bvotre (?:remboursement|avoir) (?:a ete|est)\b~\b(?:effectue|traite|approuve|emis|valide)\b",
        r"\b(?:reconna\w+|assum\w+|accept\w+)\b~\b(?:responsabilite|faute)\b",
    ),
    "es": (
        r"\b(?:legalmente vinculante|oferta vinculante|asesoramiento legal)\b",
        r"\b(?:he|hemos) (?:ya )?(?:reembolsado|cancelado|escalado|transferido|tramitado|reservado|pedido)\b|\b(?:le|te|les) (?:garantizo|garantizamos|prometo|prometemos|reembolsare|reembolsaremos|devolvere|devolveremos)\b|\bvoy a (?:reembolsar|cancelar|tramitar)\w*",
        r"\b(?:garantizo|garantizamos|prometo|prometemos) que\b|\bsu reembolso (?:ha sido|fue|esta) (?:procesado|aprobado|emitido|tramitado)\b",
        r"\b(?:asum\w+|acept\w+|reconoce\w+|reconozco)\b~\b(?:responsabilidad|culpa)\b",
    ),
    "pt": (
        r"\b(?:juridicamente vinculante|proposta vinculante|aconselhamento juridico)\b",
        r"\b(?:eu )?(?:reembolsei|cancelei|encaminhei|garanto|prometo|reservei|estornei)\b|\b(?:nos )?(?:garantimos|prometemos|reembolsaremos|estornaremos) (?:que|o|a|seu|sua|voce)\b|\b(?:vou|vamos) (?:reembolsar|cancelar|estornar|encaminhar)\b",
        r"\bseu reembolso (?:foi|esta) (?:processado|aprovado|emitido|confirmado)\b",
        r"\b(?:assum\w+|aceit\w+|reconhec\w+)\b~\b(?:responsabilidade|culpa)\b",
    ),
    "it": (
        r"\b(?:legalmente vincolante|offerta vincolante|vincolante|consulenza legale)\b",
        r"\b(?:ho|abbiamo) (?:gia )?(?:rimborsato|annullato|inoltrato|prenotato|ordinato|accreditato)\b|\b(?:garantisco|prometto|garantiamo|promettiamo|rimborsero|rimborseremo)\b",
        r"\bil (?:suo|tuo) rimborso e (?:stato )?(?:elaborato|approvato|emesso|confermato)\b",
        r"\b(?:assum\w+|ammett\w+|accett\w+|riconosc\w+)\b~\b(?:responsabilita|colpa)\b",
    ),
    "nl": (
        r"\b(?:juridisch bindend|bindend aanbod|juridisch advies)\b",
        r"\b(?:ik|wij|we) (?:heb|hebben|ga|gaan|zal|zullen)\b~\b(?:terugbetaald|terugbetalen|geannuleerd|annuleren|doorgestuurd|doorsturen|geescaleerd|escaleren|gecrediteerd|geboekt|besteld|vergoed|vergoeden)\b",
        r"\b(?:ik|wij|we) (?:garandeer|garanderen|beloof|beloven)\b|\b(?:garandeer|beloof) ik\b|\buw terugbetaling is (?:verwerkt|goedgekeurd)\b",
        r"\b(?:aansprakelijkheid|schuld|verantwoordelijkheid)\b~\b(?:erkennen|aanvaarden|nemen|dragen)\b|\b(?:erkennen|erken|aanvaarden|aanvaard)\b~\b(?:aansprakelijkheid|schuld|verantwoordelijkheid)\b",
    ),
    "pl": (
        r"\b(?:prawnie wiazac\w+|wiazaca oferta|porad\w+ prawn\w+)\b",
        r"\b(?:zwrocilem|zwrocilam|zwrocimy|zwroce|anulowalem|anulowalam|anulujemy|anuluje|przekazalem|przekazalam|gwarantuje(?:my)?|obiecuje(?:my)?|zarezerwowal\w+|zamowil\w+)\b",
        r"\b(?:przyjmujemy|ponosimy|uznajemy)\b~\b(?:odpowiedzialnosc|wine|winy)\b",
    ),
    "tr": (
        r"\b(?:yasal olarak baglayici|hukuki tavsiye)\b",
        r"\b(?:iade|iptal) (?:ettim|ettik|edecegim|edecegiz|ediyorum|ediyoruz)\b|\b(?:garanti (?:ediyor\w+|eder\w+|veriyor\w+)|soz ver(?:iyor|dim|iriz)\w*)\b|\b(?:ilettim|yonlendirdim|sorumlulugu (?:kabul|ustlen)\w*)\b",
    ),
    "ru": (
        r"\b(?:юридически обязывающ\w+|юридическ\w+ консультац\w+)\b",
        r"\b(?:я|мы) (?:уже )?(?:верну(?:л|ла|ли)|вернем|верну|отмени(?:л|ла|ли|м)|отменю|переда(?:л|ла|ли|дим|м)|оформи(?:л|ла|ли|м)|возместим|возмещу)(?!\w)|\b(?:гарантирую|гарантируем|обещаю|обещаем)\b",
        r"\b(?:признаем|признаю|берем на себя|несем)\b~\b(?:ответственность|вину)\b",
    ),
    "ar": (
        r"(?:ملزم قانون|استشارة قانونية)",
        r"(?:لقد )?(?:قمت|قمنا) (?:ب?(?:الغاء|استرداد|رد|اعادة|تحويل|حجز))|(?:ساقوم|سنقوم) ب(?:الغاء|استرداد|رد|اعادة|تحويل)|(?:سنعيد|ساعيد|سنرد) (?:لك|اليك|المبلغ)|(?:اضمن|نضمن|اعدك|نعدك)(?: لك| لكم)?",
        r"(?:نتحمل|اتحمل|نقبل|نعترف ب)^^(?:المسوولية|مسوولية|الخطا)",
    ),
    "hi": (
        r"(?:मैंने|हमने)[^।.!?\n]{0,40}(?:वापस|रद्द|रिफंड|बुक)[^।.!?\n]{0,12}(?:कर दि|किया)|(?:मैं|हम)[^।.!?\n]{0,40}(?:रिफंड|वापस|रद्द)[^।.!?\n]{0,8}(?:कर दूं|कर देंगे|करूं|करेंगे)",
        r"(?:गारंटी|वादा)[^।.!?\n]{0,8}(?:देत|करत)|जिम्मेदारी[^।.!?\n]{0,12}(?:लेत|स्वीकार)",
    ),
    "zh": (
        r"我(?:们|們)?(?:已经?|已經|会|會|将|將)(?:为|為|帮|幫|给|給)?(?:您|你)?(?:退款|取消|升级|升級|办理退|辦理退|转交|轉交|预订|預訂)|我(?:们|們)?(?:保证|保證|承诺|承諾)|(?:退款|赔偿|賠償)已(?:办理|辦理|批准|处理|處理)",
        r"(?:承担|承擔)^^(?:责任|責任)|具有法律约束力|法律建议",
    ),
    "ja": (
        r"(?:返金|キャンセル|手配|予約)(?:し|いた)(?:しました|します)|(?:返金|手配|予約)(?:しました|します)|キャンセルしました|保証(?:し|いた)(?:します|しました)|保証します|お?約束(?:し|いた)?(?:します|いたします|しました)|お約束",
        r"責任を(?:負い|認め|取り)|法的拘束力",
    ),
    "ko": (
        r"(?:환불|취소|예약|변경)(?:해 드렸|해 드리겠|했습니다|하겠습니다|해드렸|해드리겠|처리했|처리하겠)|(?:보장|약속|보증)(?:합니다|해 드립니다|해드립니다|드립니다|하겠습니다|드리겠)",
        r"책임(?:을 )?(?:지겠|집니다|인정)|법적 구속력",
    ),
    "vi": (
        r"\b(?:toi|chung toi) (?:da|se|vua) (?:hoan tien|hoan lai|huy|chuyen|boi thuong|dat)\b|\b(?:toi|chung toi) (?:xin )?(?:dam bao|cam ket|hua|bao dam)\b|\bchiu (?:hoan toan )?trach nhiem\b|\brang buoc phap ly\b",
    ),
}  # fmt: skip
"""Acts the assistant cannot do and words it may not give: it reads and answers."""

COURTESIES = (
    r"^(?:hello|hi|hey|dear (?:customer|sir|madam)|good (?:morning|afternoon|evening|day)|thank(?:s| you)|sure|certainly|of course|absolutely|yes|no|okay|ok|"
    r"you're welcome|you are welcome|great|sorry|i'm sorry|i am sorry|we're sorry|i apologi[sz]e|happy to help|i'm happy|i am happy|i'd be happy|glad|i hope this helps|hope this helps|"
    r"let me know|let us know|let's see|excellent|perfect|indeed|clear|very well|totally|exactly|no problem|don't worry|my pleasure|we will gladly|congratulations|perfect|welcome|i will be|i'll be|i would be|is there anything|anything else|feel free|please feel|please let|do you have|can i help|i can help|we can help|how can i|if you (?:have|need)|i understand|here (?:is|are)|that's (?:right|correct)|correct|"
    r"hallo|guten (?:tag|morgen|abend)|danke|gerne|vielen dank|ja|nein|naturlich|selbstverstandlich|es tut (?:mir|uns) leid|entschuldigung|melden sie|kann ich (?:ihnen )?(?:sonst|noch)|wenn sie (?:noch|weitere)|haben sie noch|"
    r"bonjour|merci|n'hesitez|avec plaisir|bien sur|desole|je suis desole|oui|y a-t-il|avez-vous d'autres|"
    r"hola|gracias|con gusto|claro|si,|por supuesto|lo siento|buenos dias|hay algo mas|no dude|"
    r"ola|bom dia|obrigad[oa]|fico a disposicao|com certeza|sim|desculpe|lamento|posso ajudar|se precisar|"
    r"ciao|buongiorno|grazie|certo|certamente|mi dispiace|prego|posso aiutar|resto a disposizione|"
    r"hoi|goedendag|dank|graag gedaan|natuurlijk|zeker|het spijt|kan ik u|heeft u nog|"
    r"dzien dobry|dziekuje|oczywiscie|przepraszam|tak,|czy moge|merhaba|tesekkur|elbette|tabii|uzgunum|rica ederim|baska bir|"
    r"здравствуйте|спасибо|конечно|пожалуиста|извините|добрыи день|"
    r"مرحبا|شكرا|بالطبع|عذرا|اهلا|نعم|नमस्ते|धन्यवाद|जी हां|क्षमा|"
    r"xin chao|cam on|vang|da,|rat tiec|"
    r"您好|你好|谢谢|謝謝|当然|當然|抱歉|不客气|请问|还有|こんにちは|ありがとう|はい|もちろん|申し訳|お問い合わせ|ご不明|他に|안녕하세요|감사합니다|네,|물론|죄송)",
)  # fmt: skip
"""How sentences begin that state nothing, if nothing else is in them."""

_POLITE_WORDS = word_set(
    "hello hi hey dear customer sir madam good morning afternoon evening day thank thanks you're sure certain course absolu "
    "yes no okay ok welcome great sorry apolog happy glad hope helps help let know there anythi else feel please have any "
    "more other furthe loss hear that problem worry excell perfec pleasu exactl totall indeed clear very well glad gladly asking troubl don't you'll we'll i'll will with that your for the learn about option congra questi concer ask can how need i'm i'd we're am understa unders want like assist contac here right "
    "correc that's answer inform inconv your reach happily today moment be "
    "hallo guten tag morgen abend danke gern gerne vielen dank ja nein naturl selbst tut mir uns leid entsch melden ihnen sonst "
    "noch wenn weiter frage fragen haben helfen kann gerne stehe verfug jederz "
    "bonjour merci hesitez n'hesi plaisi bien sur desole suis oui autres questi avez d'autr aider contac nous "
    "hola gracia gusto claro si supues siento buenos dias hay algo mas dude consul pregun ayudar puedo tiene alguna otra "
    "ola bom dia obriga fico dispos certez sim descul lamento posso ajudar precis mais alguma duvida pergun "
    "ciao buongi grazie certo certam dispia prego aiutar resto dispos domand altre ulteri "
    "hoi goeden dank graag gedaan natuur zeker spijt vragen helpen nog verder heeft "
    "dzien dobry dzieku oczywi przepr tak czy moge pomoc pytani jeszcz merhab tesekk elbett tabii uzgunu rica ederim baska bir "
    "soru sorun yardim здравс спасиб конечн пожалу извини добрыи день вопрос помочь еще مرحبا شكرا بالطبع عذرا اهلا نعم "
    "xin chao cam on vang rat tiec quy khach giup cau hoi"
)
_POLITE = frozenset(word[:6] for word in _POLITE_WORDS)
_POLITE_PIECES = word_set(
    "您好 你好 谢谢 謝謝 感谢 感謝 您 你 的 提问 提問 咨询 諮詢 问题 問題 当然 當然 可以 抱歉 非常 很 不客气 不客氣 请问 請問 还有 還有 "
    "什么 甚麼 其他 吗 嗎 呢 需要 帮助 幫助 帮 幫 我 能 为 為 随时 隨時 联系 聯繫 我们 我們 请 請 如有 如果 有 任何 高兴 高興 是 好 "
    "こんにちは ありがとう ございます ございました はい もちろん 申し訳 ございません ありません お問い合わせ お問合せ いただき ご不明 な 点 が は を も "
    "に の 他に 何か ありましたら あれば お気軽に ください 下さい ませ どうぞ よろしく お願い いたします します です か お手伝い "
    "ご質問 ご連絡 お待ち して おります ご利用 できる できます こと "
    "안녕하세요 감사합니다 네 물론 물론입니다 이죠 죄송합니다 질문 해 주셔서 문의 더 궁금한 점 이 있으시면 언제든지 말씀해 주세요 도와드리겠습니다 다른 무엇을 "
    "도와드릴까요 고객님"
)


@cache
def _everywhere() -> tuple[re.Pattern[str], ...]:
    return compiled(tuple(pattern for patterns in PROMISES.values() for pattern in patterns))


def promised(text: str, phrases: Iterable[str] = ()) -> list[str]:
    """The promises of a text, folded as they were found; `phrases` are the company's own."""
    folded = _folded(text)
    found = [match[0] for pattern in _everywhere() for match in pattern.finditer(folded)]
    return found + [phrase for phrase in map(_folded, phrases) if phrase in folded]


def _folded(text: str) -> str:
    return " ".join(fold(text).replace("’", "'").split(" "))


def courteous(sentence: str) -> bool:
    """Whether a sentence only greets, thanks or offers help. Anything with a number states
    something, and so does "Sure, we cover it"."""
    folded = _folded(sentence.strip())
    begins = any(pattern.match(folded) for pattern in compiled(COURTESIES))
    if not begins or len(sentence) > 120 or re.search(r"\d", sentence):
        return False
    if any(script(char) == "c" for char in sentence):
        return not re.sub(r"\W|" + "|".join(map(re.escape, _dense())), "", sentence)
    return all(word in _POLITE for word in words(sentence))


@cache
def _dense() -> tuple[str, ...]:
    """Polite pieces of Chinese, Japanese and Korean, the longest first."""
    return tuple(sorted(_POLITE_PIECES, key=len, reverse=True))
