"""Splitting a long message into the questions it contains, by rules, in sixteen languages."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from knowledge.sentences import spans
from knowledge.tokens import common, tokens

MOST = 5

_MARKS = "?？؟"
_ASKS = regex.compile(rf"[{_MARKS}][\s!！)\]»”\"'’」』]*$")
_ITEM = regex.compile(r"^[ \t]*(?:[-*+•–]|\(?\d{1,2}[.):、．]|[①-⑩]|\(?[a-eA-E][)])[ \t]*(?=\S)")
_INSIDE = regex.compile(rf"(?<=[{_MARKS}])(?=[^\s{_MARKS}!！)\]»”\"'’」』])")
"""After a question mark that no space follows ("tienen?y cuánto")."""

_AND_ALSO = {
    "en": "and also|also|and|plus|another question|one more thing|secondly|besides",
    "de": "und außerdem|außerdem|und auch|und|noch eine frage|zweitens|ferner|zudem",
    "es": "y también|y además|además|también|y|otra pregunta|por otro lado",
    "pt": "e também|e além disso|além disso|também|e|outra pergunta|outra coisa",
    "fr": "et aussi|et puis|aussi|de plus|et|autre question|par ailleurs",
    "it": "e anche|e inoltre|inoltre|anche|e|un'altra domanda|un’altra domanda",
    "nl": "en ook|en verder|verder|daarnaast|ook|en|nog een vraag",
    "pl": "i jeszcze|a także|oraz|ponadto|poza tym|i|a|jeszcze jedno pytanie",
    "tr": "ve ayrıca|bir de|ayrıca|ve|bir sorum daha var",
    "ru": "и ещё|и еще|а также|а ещё|а еще|кроме того|также|и|ещё вопрос|еще вопрос",
    "ar": "وأيضا|وأيضًا|وأيضاً|أيضا|أيضًا|أيضاً|وكذلك|كذلك|سؤال آخر",
    "hi": "और साथ ही|इसके अलावा|और यह भी|और|एक और सवाल",
    "zh": "还有|另外|此外|以及|再问一下|顺便问一下",
    "ja": "それから|あと|また|それと|さらに|もう一つ",
    "ko": "그리고|또한|또|추가로|하나 더",
    "vi": "và ngoài ra|ngoài ra|và còn|và|với lại|một câu hỏi nữa|còn",
}
"""What joins a question to the one before it."""

_ASKING = {
    "en": "how|what|when|where|which|who|why|can|could|do|does|did|is|are|will|would|should|may",
    "de": "wie|was|wann|wo|woher|wohin|welche|welcher|welches|wer|warum|wieso|kann|können|könnt|"
    "darf|ist|sind|gibt|habt|haben|muss|wird|werden|nehmt|nehmen",
    "es": "cómo|como|qué|que|cuándo|cuando|dónde|donde|cuál|cuáles|quién|cuánto|cuánta|cuántos|"
    "puedo|pueden|hay|tienen|aceptan|es|hacen|por qué",
    "pt": "como|o que|qual|quais|quando|onde|quem|quanto|quantos|posso|podem|há|tem|têm|vocês|"
    "é|aceitam|por que",
    "fr": "comment|quel|quelle|quels|quelles|quand|où|qui|pourquoi|combien|puis-je|peut-on|"
    "est-ce|y a-t-il|avez-vous|acceptez-vous|que|livrez-vous",
    "it": "come|cosa|che|quale|quali|quando|dove|chi|perché|quanto|quanti|posso|potete|c'è|"
    "ci sono|avete|accettate|è",
    "nl": "hoe|wat|wanneer|waar|welke|welk|wie|waarom|kan|kunnen|mag|is|zijn|hebben|heeft|"
    "accepteren|moet",
    "pl": "jak|co|kiedy|gdzie|który|która|które|kto|dlaczego|ile|czy|jaki|jaka|jakie",
    "tr": "nasıl|ne|ne zaman|nerede|hangi|kim|neden|kaç|ne kadar",
    "ru": "как|что|когда|где|куда|какой|какая|какие|каков|кто|почему|сколько|можно|могу|есть|"
    "нужно|принимаете|надо",
    "ar": "كيف|ما|ماذا|متى|أين|أي|من|لماذا|كم|هل",
    "hi": "कैसे|क्या|कब|कहाँ|कहां|कौन|क्यों|कितना|कितने|कितनी",
    "vi": "làm sao|khi nào|ở đâu|bao lâu|bao nhiêu|tôi có thể|có|phí",
}
"""How a question begins, in languages that put it at the start."""

_CJK_ASKS = regex.compile(
    r"(?:吗|呢|ですか|ますか|でしょうか|ませんか|까요|나요|는지요|은가요|인가요|습니까|됩니까)"
    r"[\s.。!！?？]*$"
)
"""How a question ends where its mark is often left out."""

_GREETING = regex.compile(
    r"^(?:how are you|wie geht|cómo est|como vai|tudo bem|ça va|comment allez|come sta|hoe gaat|"
    r"jak się|nasılsın|как дела|как вы|كيف حال|आप कैसे|bạn khỏe|你好吗|您好吗|お元気|잘 지내|"
    r"(?:hi|hello|hey|dear|cheers|bye|oi|ciao|salve|moin|dank|salut|thân)(?!\p{L})|"
    r"good (?:morning|afternoon|evening|day)|thanks?|thank you|many thanks|"
    r"best regards|kind regards|regards|sincerely|please help|"
    r"hallo|guten (?:tag|morgen|abend)|servus|sehr geehrte|danke|vielen dank|"
    r"besten dank|viele grüße|liebe grüße|mit freundlichen|freundliche|tschüss|"
    r"hola|buenos|buenas|estimad|gracias|muchas gracias|saludos|un saludo|cordial|"
    r"olá|bom dia|boa tarde|boa noite|prezad|obrigad|muito obrigad|atenciosamente|abraço|"
    r"bonjour|bonsoir|merci|cordialement|bien à vous|"
    r"buongiorno|buonasera|gentile|grazie|cordiali|distinti|"
    r"goedemorgen|goedemiddag|goedenavond|goedendag|geachte|bedankt|dank je|dank u|alvast bedankt|"
    r"met vriendelijke|groet|"
    r"dzień dobry|cześć|witam|witajcie|szanown|dziękuj|z góry|pozdrawiam|z poważaniem|"
    r"merhaba|selam|iyi günler|günaydın|sayın|teşekkür|saygılar|"
    r"здравствуйте|добрый|доброе|привет|уважаем|спасибо|благодарю|заранее|с уважением|"
    r"مرحبا|السلام|أهلا|صباح|مساء|شكرا|مع التحية|تحياتي|"
    r"नमस्ते|नमस्कार|धन्यवाद|शुक्रिया|"
    r"您好|你好|大家好|谢谢|多谢|感谢|麻烦|请问一下|"
    r"こんにちは|こんばんは|おはよう|はじめまして|お世話|ありがとう|よろしく|宜しく|すみません|失礼|"
    r"안녕|감사|고맙|수고|실례|"
    r"xin chào|chào|cảm ơn|cám ơn|trân trọng)",
    regex.IGNORECASE,
)
_SALUTED = regex.compile(r"^[^,،，、!！.。?？؟]{1,40}[,،，、!！.。]+\s*(?=\S)")
"""A greeting with the name after it, up to what is said ("Hallo Frau Ash, wann ...")."""


def questions(text: str, language: str) -> list[str]:
    """The questions of a message, in order and in its own words, at most five.

    Sentences that ask are taken, with the sentence before them where that says what they are
    about; greetings and thanks are left out. A message without a clear split (one question, or
    none that is marked) comes back whole, as does one with more than five.
    """
    whole = text.strip()
    parts: list[str] = []
    asking: list[bool] = []
    for line, listed in _lines(whole):
        cut = list(_parts(line, language))
        parts += cut
        # an item of a list asks, marked or not, if it begins as a question does
        asking += [_asks(part) or (listed and _begins_to_ask(part, language)) for part in cut]
    if sum(asking) < 2:
        return [whole] if whole else []
    found: list[str] = []
    context = ""
    for part, asks in zip(parts, asking, strict=True):
        if asks:
            found.append(f"{context} {part}".strip())
            context = ""
        elif not _says_nothing(part, language):
            context = f"{context} {part}".strip()
    if context:  # what comes after the last question belongs to it
        found[-1] = f"{found[-1]} {context}"
    return found if len(found) <= MOST else [whole]


def is_courtesy(text: str) -> bool:
    """Whether a text begins with a greeting or thanks and asks nothing."""
    return bool(_GREETING.match(text.strip())) and not any(mark in text for mark in _MARKS)


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Lines, and whether they are items of a list; lines that only wrap stay together."""
    gathered: list[str] = []
    listed = False
    for line in text.splitlines():
        item = bool(_ITEM.match(line))
        if not line.strip() or item:
            if gathered:
                yield " ".join(gathered), listed
            gathered, listed = [], item
        if line.strip():
            gathered.append(_ITEM.sub("", line).strip())
    if gathered:
        yield " ".join(gathered), listed


def _parts(line: str, language: str) -> Iterator[str]:
    for start, end in spans(line):
        for part in _INSIDE.split(line[start:end]):
            plain = part.strip()
            if _GREETING.match(plain):
                plain = _SALUTED.sub("", plain)
            if plain:
                yield from _joined_questions(plain, language)


def _joined_questions(sentence: str, language: str) -> Iterator[str]:
    """ "When do you open and can I pay by card?" is two questions: both halves begin as one."""
    asking = _ASKING.get(language)
    if asking is None or not _ASKS.search(sentence):
        yield sentence
        return
    joined = "|".join(sorted(_AND_ALSO[language].split("|"), key=len, reverse=True))
    cut = regex.compile(
        rf"(?:\s*,)?\s+(?:{joined}),?\s+(?=(?:{asking})\b[^,]*\s\S+\s)", regex.IGNORECASE
    )
    begins = regex.compile(
        rf"^(?:[¿¡\s]*)(?:(?:{joined}),?\s+)?[¿\s]*(?:{asking})\b", regex.IGNORECASE
    )
    rest = sentence
    while (
        begins.match(rest)
        and (found := cut.search(rest))
        and len(rest[: found.start()].split()) > 2
    ):
        yield rest[: found.start()].rstrip(" ,") + _mark_of(sentence)
        rest = rest[found.end() :]
    yield rest


def _mark_of(sentence: str) -> str:
    found = _ASKS.search(sentence)
    return found[0].strip()[:1] if found else ""


def _asks(sentence: str) -> bool:
    if _GREETING.match(sentence):
        return False
    return bool(_ASKS.search(sentence) or _CJK_ASKS.search(sentence))


def _begins_to_ask(sentence: str, language: str) -> bool:
    asking = _ASKING.get(language)
    return asking is not None and bool(
        regex.match(rf"[¿¡\s]*(?:{asking})\b", sentence, regex.IGNORECASE)
    )


def _says_nothing(sentence: str, language: str) -> bool:
    if _GREETING.match(sentence):
        return True
    words = tokens(sentence, language)
    light = common(language)
    return all(word in light for word in words)


def apart(text: str, language: str) -> tuple[str, str]:
    """What a message asks, and what it tells beside that; nothing asked if no sentence does."""
    asked: list[str] = []
    told: list[str] = []
    for line, _ in _lines(text.strip()):
        for part in _parts(line, language):
            if _asks(part) or _begins_to_ask(part, language):
                asked.append(part)
            elif not _says_nothing(part, language):
                told.append(part)
    return " ".join(asked), " ".join(told)
