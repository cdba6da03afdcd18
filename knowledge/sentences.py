"""Where sentences end, in every script."""

from __future__ import annotations

from collections.abc import Iterator

import regex

_CLOSING = r"""["'”’»›\)\]」』）】*_]*"""
_MARKS = r".!?…\u037e\u0964\u0965\u061f\u06d4\u1362"
_END = regex.compile(
    # Latin, Cyrillic, Greek, Ethiopic: the mark counts only before white space or the end.
    # A run of marks is tried from its first one only: "....x" would cost the square of its length.
    rf"(?<![{_MARKS}])[{_MARKS}]++{_CLOSING}(?=\s|$)"
    # CJK marks, and those of Khmer, Myanmar and Tibetan, need no space after them.
    rf"|[。！？｡．\u17d4\u17d5\u104b\u0f0d]+{_CLOSING}"
    # A blank line, and a line that begins a list item or a table row.
    r"|\n[ \t]*(?=\n)|\n(?=[ \t]*(?:[-*+•]|\d{1,3}[.)]|\|)[ \t]*\S)"
)
_ABBREVIATION = regex.compile(
    r"(?:^|[\s(\[\"'„“])(?:\p{Lu}|\p{L}\.\p{L}|(?:\p{L}\.)+\p{L}|\d{1,2}"
    r"|e\.g|i\.e|etc|vs|approx|incl|mr|mrs|ms|dr|prof|st|no|nr|art|abs|tel|bzw|ca|usw|evtl|ggf"
    r"|inkl|exkl|zzgl|fa|hr|fr|co|mio|mrd|str|jan|feb|apr|jun|jul|aug|sep|sept|oct|okt|nov|dec"
    r"|dez|sr|sra|dra|ud|uds|pág|núm|av|avda|aprox|p|pp|fig|vol|env|cf|mme|mlle|dott|ecc|pag"
    r"|dhr|mevr|mw|bijv|np|tzn|ul|zł|godz|г|ул|им|руб|тел|стр|тыс|млн|д|кв|vd|sn|bk|tp"
    r"|ths|ông)\.$",
    regex.IGNORECASE,
)
_GOES_ON = regex.compile(r"[ \t]+\p{Ll}")
"""A full stop before a small letter ends an abbreviation that is not on the list."""
_PARTICLES = "とではがをのにもへ"
"""What follows a quotation in Japanese goes on with the sentence around it."""


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each sentence, without white space at its ends, in order."""
    start = 0
    for match in _END.finditer(text):
        before = text[max(start, match.start() - 12) : match.end()]
        if match[0] == "." and (_ABBREVIATION.search(before) or _GOES_ON.match(text, match.end())):
            continue
        following = text[match.end() : match.end() + 1]
        if match[0][-1] in "」』" and following and following in _PARTICLES:
            continue
        yield from _trimmed(text, start, match.end())
        start = match.end()
    yield from _trimmed(text, start, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end
