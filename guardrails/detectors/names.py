"""Names that people announce: "my name is …", "ich heiße …", "我叫…", "…と申します"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from guardrails.spans import Span
from guardrails.text import word_set

_REST = r"(?:[^\W\d_]|['’\-](?=[^\W\d_]))*"
_WORD = rf"[^\W\d_]{_REST}"
_CAPITAL = rf"(?-i:[A-ZÀ-ÖØ-Þ]){_REST}"
_PARTICLE = r"(?:de|da|do|dos|das|del|della|di|du|la|le|van|von|der|den|ter|ten|zu|el|al|bin|ibn)"
_NAME = rf"{_WORD}(?:\s(?:{_PARTICLE}\s){{0,2}}(?:[^\W\d_]\.|{_WORD})){{0,3}}"

_SAYS = (
    # A phrase that can only be followed by a name: lower case is accepted.
    r"my (?:full |first |last )?name(?:['’]s| is|(?=\s*[:=]))|(?:the )?name's",
    r"ich hei(?:ß|ss)e|mein name(?: ist|(?=\s*[:=]))"
    r"|ich bin (?:der|die|Herr|Frau)|(?:full )?name(?=\s*[:=])",
    r"je m['’ ]appelle|mon nom est|mon nom c['’]est",
    r"me llamo|mi nombre es|mi nombre(?=\s*[:=])",
    r"(?:o )?meu nome é|(?:eu )?me chamo|chamo-me",
    r"mi chiamo|il mio nome è",
    r"mijn naam is|ik heet",
    r"nazywam się|mam na imię",
    r"(?:benim )?adım",
    r"nama saya(?: adalah)?",
    r"tên tôi là|tôi tên là|mình tên là",
    r"меня зовут|мо[её] имя",
    r"اسمي(?: هو)?|أنا اسمي",
    r"मेरा नाम",
    r"ผมชื่อ|ดิฉันชื่อ|ฉันชื่อ",
    r"jag heter|mitt namn är|jeg hedder|jeg heter|minun nimeni on|nimeni on",
)
_AFTER = re.compile(rf"(?<![^\W_])(?:{'|'.join(_SAYS)})(?:\s*[:=]\s*|\s+)({_NAME})", re.IGNORECASE)
_TITLED = re.compile(
    # After a title or "I am" only capitalised words are taken for names.
    r"(?<![^\W_])(?:Mr|Mrs|Ms|Dr|Herrn?|Frau|Monsieur|Madame|Mme|Sr|Sra|Señora?|Don|Doña|Senhora?|"
    r"Signora?|Sig|Dhr|Mevr|Mevrouw|Pani?|Bay|Bayan|I am|I'm|this is|call me|here is|ich bin|"
    r"je suis|soy|sou|sono|ik ben|"
    r"Regards,|Best,|Cheers,|Grüße,|Gruß,|Cordialement,|Saludos,|Abraços,|Groeten,|Saluti,)\.?\s"
    rf"({_CAPITAL}(?:\s(?:{_PARTICLE}\s){{0,2}}{_CAPITAL}){{0,3}})",
    re.IGNORECASE,
)
_HAN = r"[\u3400-\u9fff々]"
_KANA = r"[\u3040-\u30ffー]"
_DENSE = re.compile(
    rf"(?:我叫|我的名字(?:是|叫)|我名叫|姓名[:是 ]\s?)({_HAN}{{2,4}}|[A-Za-z][A-Za-z .]+)"
    rf"|(?:名前は|氏名[:は ]\s?|私は)\s?((?:{_HAN}|[ァ-ヶー]){{1,6}}\s?(?:{_HAN}|{_KANA}){{0,6}}?)"
    rf"(?=です|と申|と言|といい|でござ|[、。,.\s]|\Z)"
    rf"|((?:{_HAN}|[ァ-ヶー]){{1,6}}\s?(?:{_HAN}|[ァ-ヶー]){{0,6}})"
    rf"(?=と申します|と言います|といいます)"
    rf"|(?:제 이름은|저는|내 이름은)\s?([가-힣]{{2,4}}?)"
    rf"(?=입니다|이에요|예요|이라고|라고|\s|[.,]|\Z)"
)
_NOT_NAMES = word_set(
    "a an the not on in at is it and or but so to for from very just still also here there "
    "only looking trying having calling writing waiting interested sorry happy unable afraid "
    "sure new und oder aber der die das ein eine nicht auch noch sehr hier ja nein seit mit "
    "bei von zu et ou mais le la les un une pas très ici avec y o pero el los las una no muy "
    "aquí con e mas os as um uma não muito aqui com ma il lo gli un non molto qui en maar de "
    "het een niet email mail phone telefon number order bestellung address adresse my mein "
    "mon mi meu mijn bitte please danke thanks gracias obrigado merci required missing wrong "
    "spelled written saved registered correct incorrect something using then spelt ready "
    "available listed given same different already currently really right on-file richtig "
    "falsch korrekt correcto correcta correto juste und i ich je yo eu io ik your you what "
    "how why when where who that this which"
)


class ContextNames:
    """Names beside the words people introduce themselves with, in some twenty languages."""

    languages: frozenset[str] = frozenset()

    def find(self, text: str, language: str) -> Iterable[Span]:
        for pattern in (_AFTER, _TITLED):
            for found in pattern.finditer(text):
                end = _name_end(text, *found.span(1))
                if end > found.start(1):
                    yield Span(found.start(1), end, "PERSON")
        for found in _DENSE.finditer(text):
            group = found.lastindex or 0
            if group:
                yield Span(*found.span(group), "PERSON")


def _name_end(text: str, start: int, end: int) -> int:
    """Cut the name where ordinary words begin; returns `start` when nothing is left."""
    last, capital = start, text[start].isupper()
    for word in re.finditer(r"\S+", text[start:end]):
        bare = word[0].rstrip(".")
        particle = re.fullmatch(_PARTICLE, bare, re.IGNORECASE) and last > start
        if not particle and bare.lower() in _NOT_NAMES:
            break
        if capital and not particle and bare[0].islower():
            break  # the first word had a capital, this one has not: the name is over
        if not particle:
            last = start + word.end()
    return last
