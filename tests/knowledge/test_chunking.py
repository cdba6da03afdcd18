from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from knowledge.chunking import indexed_text, split

LINES = st.sampled_from(
    [
        "# Title", "## Part two", "A short line.", "word " * 60, "x" * 900, "长句子没有空格。" * 40,
        "- an item", "- another item that is somewhat longer", "| a | b |", "| --- | --- |",
        "", "", "```", "1. first", "  continued", "การจัดส่ง" * 30, "\tTab. And? More!",
    ]
)  # fmt: skip


@given(st.lists(LINES, max_size=40).map("\n".join))
def test_pieces_are_exact_ordered_and_lose_nothing(text: str) -> None:
    pieces = split(text)
    covered = 0
    for piece in pieces:
        assert 0 <= piece.start < piece.end <= len(text)
        assert text[piece.start : piece.end] == text[piece.start : piece.end].strip()
        assert piece.end - piece.start <= 1600
        assert piece.end > covered
        left_out = text[covered : piece.start].splitlines() if piece.start > covered else []
        assert all(not line.strip() or line.lstrip().startswith("#") for line in left_out)
        covered = piece.end
    if text.strip():
        assert pieces


ANYTHING = st.text(
    st.sampled_from("#-*|`~>.!?。।\"' \n\n\n\t\r\x0b\x85\u2028aébß1न्ไ中\u0301\U0001f600"),
    max_size=400,
)


def prose(text: str) -> Iterator[tuple[int, int, bool]]:
    """(start, end, is it a heading) of every line, fences taken into account."""
    at, fenced = 0, False
    for line in text.splitlines(keepends=True):
        start, at = at, at + len(line)
        fence = re.match(r"[ \t]*(```|~~~)", line) is not None
        heading = not fence and not fenced and re.match(r"#{1,6}[ \t]+[^\s]", line) is not None
        fenced ^= fence
        yield start, at, heading


@given(st.one_of(ANYTHING, st.lists(st.one_of(LINES, ANYTHING), max_size=20).map("\n".join)))
def test_every_sign_is_in_a_piece_and_no_piece_crosses_a_heading(text: str) -> None:
    pieces = split(text, size=80, overlap=20)
    covered = [False] * len(text)
    for piece in pieces:
        covered[piece.start : piece.end] = [True] * (piece.end - piece.start)
    lines = list(prose(text))
    if all(heading or not text[start:end].strip() for start, end, heading in lines):
        return  # nothing but headings: they are the piece themselves
    for start, end, heading in lines:
        if heading:
            assert not any(covered[start:end])
        else:
            lost = [at for at in range(start, end) if not covered[at] and not text[at].isspace()]
            assert lost == []


@given(
    st.lists(st.sampled_from(["word " * 9, "# Head", "", "Text."]), max_size=6),
    st.sampled_from(["- {} item", "| {} | cell |", "{}. item"]),
    st.integers(1, 200),
)
def test_a_table_or_list_of_up_to_twice_the_size_is_in_one_piece(
    before: list[str], row: str, count: int
) -> None:
    block = "\n".join(row.format(number) for number in range(1, count + 1))
    lead = "".join(f"{line}\n" for line in [*before, ""])
    whole = [
        piece
        for piece in split(f"{lead}{block}\n\nThe end.")
        if piece.start <= len(lead) and piece.end >= len(lead) + len(block)
    ]
    assert whole or len(block) > 1600


@given(st.integers(1, 8))
def test_work_grows_with_the_text_and_not_with_its_square(factor: int) -> None:
    """Counted, not timed: the pieces of a text twice as long are at most some twice as many."""
    part = 'A sentence... with "quotes". - item\n\n# Head\n\n| a | b |\n' * 20
    once = sum(piece.end - piece.start for piece in split(part))
    assert sum(piece.end - piece.start for piece in split(part * factor)) <= 1.5 * once * factor


def test_a_piece_carries_its_heading_path() -> None:
    text = "# Returns\n\nFree.\n\n## Costs\n\nNone.\n\n# Other\n\nYes."
    found = [(piece.heading, text[piece.start : piece.end]) for piece in split(text)]
    assert found == [("Returns", "Free."), ("Returns > Costs", "None."), ("Other", "Yes.")]


def test_long_prose_is_cut_between_sentences_with_a_little_overlap() -> None:
    text = " ".join(f"This is sentence number {n} of a long text." for n in range(80))
    pieces = split(text)
    assert len(pieces) > 3
    for before, after in pairwise(pieces):
        assert text[before.start : before.end].endswith(".")
        assert text[after.start :].startswith("This is sentence")
        assert 0 < before.end - after.start <= 100


def test_chinese_prose_is_cut_between_sentences() -> None:
    text = "".join(f"这是第{n}个句子，内容很长很长。" for n in range(120))
    assert all(text[piece.start : piece.end].endswith("。") for piece in split(text))


def test_a_table_stays_whole_with_the_line_that_introduces_it() -> None:
    table = "\n".join(f"| size {n} | {n} euro | some words to make it longer |" for n in range(25))
    text = f"# Prices\n\nThese are our prices:\n\n{table}\n\nThank you."
    (first, *_) = split(text)
    assert "These are our prices" in text[first.start : first.end]
    assert "size 24" in text[first.start : first.end]


def test_the_indexed_text_begins_with_title_and_path_once() -> None:
    assert indexed_text("Returns", "Returns > Costs", "None.") == "Returns > Costs\nNone."
    assert indexed_text("Returns", "Returns", "Free.") == "Returns\nFree."
    assert indexed_text("", "", "Free.") == "Free."
