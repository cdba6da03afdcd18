"""Greetings, thanks and "are you a robot?": answered without knowledge, and never handed over."""

from __future__ import annotations

import unicodedata
from typing import Literal

import regex

Courtesy = Literal["greeting", "thanks", "notice"]

_THANKS = frozenset(
    item.strip()
    for item in """thanks|thank you|thank you very much|many thanks|thx|cheers|perfect thanks
    great thanks|danke|danke schön|vielen dank|besten dank|super danke|dankeschön
    gracias|muchas gracias
    obrigado|obrigada|muito obrigado|muito obrigada|valeu|merci|merci beaucoup|grazie|grazie mille
    bedankt|dank je|dank u|dank u wel|dziękuję|dzięki|teşekkürler|teşekkür ederim|sağ olun
    спасибо|большое спасибо|благодарю|شكرا|شكرا جزيلا|धन्यवाद|शुक्रिया
    谢谢|谢谢您|多谢|感谢|ありがとう|ありがとうございます|どうも
    감사합니다|고마워요|고맙습니다|cảm ơn|cám ơn""".replace("\n", "|").split("|")
)
_ROBOT = regex.compile(
    r"""(?ix)
    \b(are|r)\s+you\s+(a\s+|an\s+)?(real\s+)?(human|person|robot|bot|machine|ai|computer|chat\s?bot)
    | \bam\s+i\s+(talking|chatting|speaking)\s+(to|with)\s+a\s+(robot|bot|machine|human|real)
    | (bist\s+du|sind\s+sie)\s+(ein(e)?\s+)?(mensch|roboter|bot|maschine|ki|echt)
    | (eres|es\s+usted)\s+(un(a)?\s+)?(robot|bot|humano|persona\s+real|máquina|ia)
    | você\s+é\s+(um(a)?\s+)?(robô|bot|humano|pessoa\s+real|máquina|ia)
    | (es-tu|êtes-vous|vous\s+êtes|tu\s+es)\s+(un(e)?\s+)?(robot|bot|humain|machine|ia)
    | (sei|è)\s+(un(a)?\s+)?(robot|bot|umano|macchina|persona\s+vera)
    | (ben\s+je|bent\s+u)\s+(een\s+)?(robot|bot|mens|machine)
    | 你是(真人|机器人|人工|AI) | 您是(真人|机器人|人工|AI)
    | (ロボット|AI|人間)(です|でしょう)か
    """
)


def _plain(text: str) -> str:
    """Lower case without punctuation, symbols and doubled spaces."""
    kept = (" " if unicodedata.category(c)[0] in "PSC" else c for c in text.casefold())
    return " ".join("".join(kept).split())


_GREETED = frozenset(
    _plain(item)
    for line in (
        "hello|hi|hey|hi there|hello there|good morning|good afternoon|good evening|greetings",
        "hallo|guten tag|guten morgen|guten abend|moin|servus|grüß gott|hallo zusammen",
        "hola|buenos días|buenas tardes|buenas noches|buenas|olá|oi|bom dia|boa tarde|boa noite",
        "bonjour|bonsoir|salut|coucou|ciao|buongiorno|buonasera|salve",
        "goedendag|goedemorgen|goedemiddag|goedenavond|hoi|dzień dobry|cześć|witam",
        "merhaba|selam|iyi günler|günaydın|привет|здравствуйте|добрый день|добрый вечер",
        "مرحبا|السلام عليكم|أهلا|नमस्ते|नमस्कार|你好|您好|早上好|嗨|在吗",
        "こんにちは|こんばんは|おはようございます|はじめまして|안녕하세요|안녕|xin chào|chào bạn",
    )
    for item in line.split("|")
)
_THANKED = frozenset(_plain(item) for item in _THANKS)


def courtesy(text: str) -> Courtesy | None:
    """Whether the whole message is a greeting, thanks, or asks if an AI is writing."""
    plain = _plain(text)
    if plain in _GREETED:
        return "greeting"
    if plain in _THANKED:
        return "thanks"
    if len(plain) < 80 and _ROBOT.search(text):
        return "notice"
    return None
