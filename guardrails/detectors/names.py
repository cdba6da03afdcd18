"""Names that their surroundings give away: "my name is …", "meine Frau …", "我叫…"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from guardrails.detectors import name_words as words
from guardrails.detectors import tagger_model
from guardrails.spans import Span
from guardrails.text import lower, word_set

_REST = r"(?:[^\W\d_\u3040-\u30ff\u3400-\u9fff]|['’\-.](?=[^\W\d_\u3040-\u30ff\u3400-\u9fff]))*"
_WORD = rf"[^\W\d_\u3040-\u30ff\u3400-\u9fff]{_REST}"
_CAPITAL = rf"(?-i:[A-ZÀ-ÖØ-ÞĀ-ž\u0386-\u03ab\u0400-\u042f](?<![a-zà-öø-ÿ])){_REST}"
_PARTICLE = (
    r"(?:de|da|do|dos|das|del|della|dei|di|du|la|le|van|von|vom|zum|der|den|ter|ten|zu|el|al|bin|"
    r"ibn|bint|abu|'t)"
)
_INITIAL = r"[^\W\d_]\."
_NAME = rf"{_WORD}(?:\s(?:{_PARTICLE}\s){{0,2}}(?:{_INITIAL}|{_WORD})){{0,3}}"
_CAPITALS = rf"{_CAPITAL}(?:\s(?:{_PARTICLE}\s){{0,2}}(?:{_INITIAL}|{_CAPITAL})){{0,3}}"
_TITLE = rf"(?:(?:{words.TITLES})\.?\s){{0,2}}"

# These are matched against lower case; `_cut` looks at the text itself.
_CERTAIN = re.compile(
    rf"(?<![^\W_])(?:{'|'.join(words.SAYS)})(?:\s*\*{{0,2}}\s*[:=]\s*\*{{0,2}}\s*|"
    rf"\s+){_TITLE}(?P<name>{_NAME})",
)
_RELATED = re.compile(
    rf"(?<![^\W_])(?:(?:{'|'.join(words.RELATIONS)})(?:['’]s name is|,| is called| named| namens|"
    rf" heißt)?"
    rf"|(?:{words.TITLES})\.?)\s{_TITLE}(?P<name>(?:(?:de|da|do|dos|del|van|von|di|le|"
    rf"la)\s){{0,2}}{_NAME})",
)
_PRESENTED = re.compile(rf"(?<![^\W_])(?:{words.PRESENTS})\s{_TITLE}(?P<name>{_NAME})")
_REACHED = re.compile(rf"(?<![^\W_])(?:{words.REACHES})\s{_TITLE}(?P<name>{_NAME})", re.IGNORECASE)
_CLOSING = re.compile(
    rf"(?<![^\W_])(?:{words.CLOSINGS})\s?[!,.…]{{0,3}}[\s\-–—]{{1,4}}"
    rf"(?P<name>{_NAME})\s?[.!)]{{0,2}}\s*\Z",
)
_GREETED = re.compile(
    rf"(?<![^\W_])(?:{words.GREETINGS}),?\s{_TITLE}(?P<name>{_NAME})(?=\s?[,!.;:?\n…]|\s*\Z)",
)
_OPENING = re.compile(
    rf"(?:\A|(?<=[.!?,;\n]\s)|(?<=\n))(?P<name>{_NAME})\s(?:{words.AGAIN})(?![^\W_])"
)
_OF_TEAM = re.compile(
    r"\s(?:from|aus|von|de|da|del|van) (?:your|ihrem|euerem|eurem|votre|su|sua|vostro|uw|jullie)\b"
)
_MEMBER = re.compile(
    rf"(?<![^\W_])(?P<name>{_NAME})\s(?:from|aus|von|de|da|del|van) (?:your|ihrem|euerem|eurem|"
    rf"votre|su|sua|vostro|uw|jullie)(?![^\W_])"
)
_LISTED = re.compile(
    # "Passengers: Ivan Muller, Isabella Moore"; "They had 3: Ana, Ben and Carl".
    rf"(?::|\band\b|\bund\b|\by\b|\bet\b|\be\b|\ben\b|,)\s{{1,3}}(?P<name>{_CAPITALS})"
)
_PASSENGERS = re.compile(
    r"(?:passengers?|travell?ers?|guests?|attendees?|participants?|names?|reisende|teilnehmer|"
    r"passagers?|"
    r"pasajeros?|passageiros?|passeggeri?|reizigers?)\s?\*{0,2}:\*{0,2}\s?"
)

_HAN = r"[\u3400-\u9fff々]"
_LATIN = r"[A-Za-zÀ-ɏḀ-ỿ](?:[A-Za-zÀ-ɏḀ-ỿ'’\-.]| (?=[A-Za-zÀ-ɏḀ-ỿ]))*[A-Za-zÀ-ɏḀ-ỿ]"
_ZH = rf"(?:{words.ZH_DOUBLE_SURNAMES}|[{words.ZH_SURNAMES}])"
_ZH_END = r"(?=[，,。.！!？?；;：:、\s（(）)的]|\Z)"
_CHINESE = re.compile(
    rf"(?:我叫|我的名字(?:是|叫)|我名叫|姓名[:是 ]\s?|户名[:是]?\s?|戶名[:是]?\s?|名字(?:是|叫)|"
    rf"持卡人[:是]?\s?|收件人[:是]?\s?|"
    rf"收货人[:是]?\s?|"
    rf"联系人[:是]?\s?|客户[:]\s?|乘客[:]\s?|叫做?)(?P<said>{_ZH}{_HAN}{{1,2}}(?!{_HAN})|"
    rf"{_HAN}{{2,4}}{_ZH_END}|{_ZH}{_HAN}{{1,2}}|{_LATIN})"
    rf"|(?:我是|这里是|這裡是|这是|是|给|給|找|和|跟|与)(?P<am>{_ZH}{_HAN}{{1,2}}{_ZH_END}|"
    rf"{_LATIN}(?=[，,。！]|\Z))"
    rf"|(?:{words.ZH_RELATIONS})(?:叫|是|"
    rf"[，,：:])?(?P<related>{_ZH}{_HAN}{{1,2}}(?=[，,。.！!；;、\s（(）)的她他在也]|\Z)|"
    rf"{_ZH}{_HAN}{{1,2}}|"
    rf"{_LATIN})"
    rf"|(?P<titled>(?:{_ZH}{_HAN}{{0,2}}?|{_LATIN}))(?=(?:{words.ZH_TITLES}))"
    rf"|(?:谢谢|谢谢您|多谢|感谢|此致)[！!，,。.\s]*(?P<closing>{_ZH}{_HAN}{{1,2}}|{_HAN}{{2,3}}|"
    rf"{_LATIN})\s*\Z"
    rf"|(?:放在|交给|寄给|送到|留给|转交|转给|联系|发给)(?:了)?(?P<left>{_ZH}{_HAN}{{1,2}}(?=那|这|"
    rf"处|家|手|[，,。（(了收]|\Z)|"
    rf"{_LATIN}(?=那|这|处|家|手|[，,。（(了收]|\Z))"
    rf"|(?:\A|(?<=[，。！？\s]))(?P<opening>{_ZH}{_HAN}{{1,2}}|{_HAN}{{2,3}}|{_LATIN})(?=又|再次|"
    rf"再来|在这里)"
)
_JA_NAME = (
    rf"(?:{_HAN}{{1,4}}[\s　]?(?:{_HAN}|[ァ-ヶー]|[ぁ-ん](?=[ぁ-ん]{{0,3}}(?:です|と申|様|さん)))"
    rf"{{0,4}}|[ァ-ヶー]{{2,10}}(?:[・\s=＝][ァ-ヶー]{{2,10}}){{0,2}}|{_LATIN})"
)
_JAPANESE = re.compile(
    rf"(?:名前は|氏名[は:：]?\s?|名義[は:：]?\s?|宛名[は:：]?\s?|お届け先[は:：]?\s?|"
    rf"届け先[は:：]?\s?|受取人[は:：]?\s?|"
    rf"担当者?[は:：]\s?)(?P<said>{_JA_NAME})"
    rf"(?=です|様|さん|と|、|。|，|,|に|宛|\s|\Z)"
    rf"|(?:私は|わたしは|僕は|こちらは?|こちら、)\s?(?P<am>{_JA_NAME})(?=です|と申|と言|といい|"
    rf"でござ|[、。,.\s]|\Z)"
    rf"|(?P<called>{_JA_NAME})(?=と申します|と言います|といいます|と申しま)"
    rf"|(?:\A|(?<=[、。！!？?\s「『]))(?P<opening>{_JA_NAME})(?=です[。、！!.\s]|ですが|"
    rf"でございます)"
    rf"|(?:妻|夫|主人|家内|息子|娘|母|父|兄|弟|姉|妹|友人|友達|同僚|上司|部下|彼女|彼氏|祖母|祖父|"
    rf"隣人|"
    rf"隣)の(?P<related>{_JA_NAME})(?=[宛にへがはをとの様さ、。])"
    rf"|(?P<titled>{_HAN}{{1,4}}[\s　]?{_HAN}{{0,3}}|"
    rf"[ァ-ヶー]{{2,10}}(?:[・\s=][ァ-ヶー]{{2,10}}){{0,2}}|"
    rf"{_LATIN})(?=さん|様|さま|氏(?!名)|くん|君(?!{_HAN})|ちゃん|先生|殿)"
    rf"|(?:ございます|お願いします|お願いいたします|よろしく|"
    rf"敬具)[。！!、.\s]*(?P<closing>{_JA_NAME})\s*\Z"
)
_KOREAN = re.compile(
    r"(?:제 이름은|저는|내 이름은|이름:|성함:|예금주:?)\s?(?P<said>[가-힣]{2,4}?)(?=입니다|이에요|"
    r"예요|이라고|라고|\s|[.,]|\Z)"
    r"|(?P<titled>[가-힣]{2,4}?)(?=\s?(?:씨|님)(?![가-힣]))"
)
_AR_WORD = r"(?:(?:بن|ابن|آل|أبو|ابو|أم|عبد|بنت)\s)?[\u0621-\u0652\u0670-\u06d3]{2,14}"
_ARABIC = re.compile(
    rf"(?<![\u0600-\u06ff])(?:{words.AR_BEFORE})\s*[:：]?\s+(?:(?:{words.AR_BEFORE})\s+)?"
    rf"(?P<said>{_AR_WORD}(?:\s{_AR_WORD}){{0,3}}|{_LATIN})"
    rf"|(?:شكرا(?: لكم| جزيلا)?|شكراً|تحياتي|مع تحياتي|"
    rf"مع الشكر)[،,.!\s]+(?P<closing>{_AR_WORD}(?:\s{_AR_WORD}){{0,3}}|{_LATIN})\s*[.!]?\s*\Z"
)
_JA_NOT_NAMES = word_set(
    "注文 商品 返金 配送 住所 電話 電話番号 番号 郵便番号 生年月日 返品 今日 明日 昨日 在庫 可能 "
    "必要 不可 大丈夫 問題 以上 以下 カード "
    "メール サイズ ネイビー 対象 数量 御社 貴社 弊社 担当 皆 皆様 お客 客 何 色 荷物 ログイン 名前 "
    "氏名 名義 先日 本日 現在 初めて 無理 残念 同じ 別 会社 本人 私 "
    "僕 俺"
)
_ZH_NOT_NAMES = word_set(
    "时候 时间 包裹 订单 东西 快递 你们 我们 他们 公司 地址 电话 方便 如果 可以 麻烦 以前 马上 "
    "高兴 任何 和你 都是 成功 应该 安排 明天 全部 解决 时代 文件 方式 "
    "方法 向你 和我 管理 查询 查一 连接 连续 关于 关系 关闭 何时 何人 金额 温度 包括 包邮 白色 "
    "黄色 黑色 蓝色 项目 单号 单子 车子 路上 阳光 华为 应用 全新 农历 "
    "计划 游戏 成为 万一 景点 安全 安卓 易碎 古典 简单 简直 明白 时尚 方案 向上 项链 季度 常常 "
    "段时 项是"
)


class ContextNames:
    """Names beside the words that people introduce themselves and others with."""

    languages: frozenset[str] = frozenset()

    def find(self, text: str, language: str) -> Iterable[Span]:
        cased = text != text.lower()
        if _HAS_WORD.search(text):
            yield from _western(text, cased)
        if _HAS_DENSE.search(text):
            yield from _dense(text)
        if _HAS_ARABIC.search(text):
            yield from _arabic(text)


_HAS_WORD = re.compile(r"[A-Za-zÀ-ɏ\u0370-\u052f]{2}|[\u0900-\u0eff]{2}|[\u0600-\u06ff]{2}")
_HAS_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff가-힣]")
_HAS_ARABIC = re.compile(r"[\u0600-\u06ff]")


_SHORTENED = frozenset(
    f"{word}{mark}s"
    for word in ("that", "it", "here", "there", "what", "let", "he", "she", "who", "how")
    for mark in "'’"
)


def _western(text: str, cased: bool) -> Iterator[Span]:
    low = lower(text)
    for found in _CERTAIN.finditer(low):
        yield from _cut(text, *found.span("name"))
    for found in _RELATED.finditer(low):
        start, end = found.span("name")
        if text[start].isupper() or (not cased and _may_be_name(text, start)):
            yield from _cut(text, start, end)
    patterns = [_PRESENTED, _CLOSING, _GREETED, _OPENING]
    if _OF_TEAM.search(low):
        patterns.append(_MEMBER)
    for pattern in patterns:
        for found in pattern.finditer(low):
            start, end = found.span("name")
            if text[start].isupper() if cased else _may_be_name(text, start):
                yield from _cut(text, start, end)
    for found in _REACHED.finditer(low):
        start, end = found.span("name")
        for span in _cut(text, start, end):
            if (text[start].isupper() or not cased) and _is_listed(text, span):
                yield span
    for heading in _PASSENGERS.finditer(low):
        at = heading.end() - 1
        while one := _LISTED.match(text, max(0, at - 1)) or _LISTED.match(text, at):
            yield from _cut(text, *one.span("name"))
            at = one.end()


def _code(word: str) -> str:
    """What the word lists say (see `guardrails.detectors.gazetteer`)."""
    return tagger_model.loaded().words.code(word.lower())


def _may_be_name(text: str, start: int) -> bool:
    """Whether a word in lower case is a name rather than an ordinary word."""
    first = _PARTS.match(text, start)
    code = _code(first[0]) if first else ""
    if not code:
        return False
    return code[0] > code[3] or (code[3] == "0" and code[2] == "0")


def _is_listed(text: str, span: Span) -> bool:
    """Whether what may be a place as well is a name: listed as one, or of two words."""
    parts = _PARTS.findall(text, span.start, span.end)
    codes = [_code(part) for part in parts]
    if not any(code[0] > "0" for code in codes):
        return len(parts) > 1 and all(code[2:] == "00" for code in codes)
    return any(code[0] >= max(code[2], code[3]) and code[0] > "0" for code in codes)


_PARTS = re.compile(r"[^\W\d_]+")
_LEADING = re.compile(r"(?:de|da|do|dos|del|van|von|di|le|la)\s(?=[^\W\d_])")
_TITLED = re.compile(
    rf"(?:{words.TITLES}|signora|señora|frau|herr)\.?\s(?=[^\W\d_])", re.IGNORECASE
)
_ELIDED = re.compile(r"[a-zA-Z]{1,2}['’][a-zà-ÿ]")
"""Not a name but two words: "j'ai", "c'est", "qu'il"."""


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    """The name without the ordinary words that follow it; nothing when it begins with one."""
    while leading := _TITLED.match(text, start, end):
        start = leading.end()
    while leading := _LEADING.match(text, start, end):
        start = leading.end()
    last, capital = start, text[start].isupper()
    for word in re.finditer(r"\S+", text[start:end]):
        bare = word[0].rstrip(".")
        particle = re.fullmatch(_PARTICLE, bare, re.IGNORECASE) and last > start
        if not particle and _is_ordinary(bare):
            break
        if capital and not particle and bare[0].islower():
            break  # the first word had a capital, this one has not: the name is over
        if not particle:
            last = start + word.end()
    if last > start:
        yield Span(start, last, "PERSON")


def _is_ordinary(word: str) -> bool:
    plain = word.lower()
    if plain in words.NEVER_NAMES or plain in words.AR_NOT_NAMES:
        return True
    return plain in words.NOT_NAMES or plain in _SHORTENED or _ELIDED.match(word) is not None


def trimmed(text: str, span: Span) -> Span | None:
    """A guess at a name or an address without the ordinary words at its ends; None for nothing.

    An address is only cut in front, for a place may be an ordinary word.
    """
    pieces = list(_PIECES.finditer(text, span.start, span.end))
    first, last = 0, len(pieces)
    if pieces and _FENCE.match(text, max(0, pieces[0].start() - 2)):
        first = 1
    while first < last and _no_name(pieces[first][0]):
        first += 1
    while span.kind == "PERSON" and first < last and _no_name(pieces[last - 1][0]):
        last -= 1
    if first == last:
        return span if not pieces else None
    start = span.start if first == 0 else pieces[first].start()
    return span._replace(
        start=start, end=span.end if last == len(pieces) else pieces[last - 1].end()
    )


_FENCE = re.compile(r".?</?[a-z]{8}[ >]", re.DOTALL)
"""A mark of ours around data (see `guardrails.fencing`): random letters are nobody's name."""


def _no_name(word: str) -> bool:
    if word.lower() in words.NEVER_NAMES or word in words.AR_NOT_NAMES:
        return True
    if word.isupper() and 2 <= len(word) <= 4:
        code = _code(word)
        return code[0] == "0" and code[3] > "0"  # an abbreviation such as VAT
    return word[0].islower() and _is_ordinary(word) and not _LEADS.match(word)


_PIECES = re.compile(r"[^\s.,;:!?()、。，：]+")
_LEADS = re.compile(r"(?:de|da|do|dos|del|van|von|di|le|la|der|den|am|im|an|auf)\Z", re.IGNORECASE)


def _dense(text: str) -> Iterator[Span]:
    for pattern, ordinary in (
        (_CHINESE, _ZH_NOT_NAMES),
        (_JAPANESE, _JA_NOT_NAMES),
        (_KOREAN, frozenset()),
    ):
        for found in pattern.finditer(text):
            group = found.lastgroup
            if (
                group
                and found[group]
                and found[group] not in ordinary
                and found[group][:2] not in ordinary
            ):
                yield Span(*found.span(group), "PERSON")


def _arabic(text: str) -> Iterator[Span]:
    for found in _ARABIC.finditer(text):
        start, end = found.span(found.lastgroup or "said")
        last = start
        for word in re.finditer(r"\S+", text[start:end]):
            bare = word[0]
            if bare in words.AR_NOT_NAMES or (last > start and bare[0] == "و" and len(bare) > 3):
                break
            last = start + word.end()
        if last > start:
            yield Span(start, last, "PERSON")
