from __future__ import annotations

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
