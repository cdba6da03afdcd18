"""Long answers arrive in parts that platforms take."""

from __future__ import annotations

import regex
from hypothesis import given
from hypothesis import strategies as st

from connectors.splitting import split, units

TEXTS = st.text(
    alphabet=st.sampled_from(list("ab .!?。\n\té\u0301👍👨‍👩‍👧")) | st.characters(codec="utf-8"),
    max_size=300,
)


@given(TEXTS, st.integers(30, 80))
def test_every_part_fits_and_nothing_but_white_space_is_lost(text: str, most: int) -> None:
    parts = split(text, most)
    assert all(0 < units(part) <= most for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(st.lists(st.sampled_from(["a", "b", " ", "👨‍👩‍👧", "e\u0301"]), max_size=120))
def test_a_cut_is_never_inside_a_character_people_see(seen: list[str]) -> None:
    parts = split("".join(seen), 40)
    cut = [cluster for part in parts for cluster in regex.findall(r"\X", part)]
    assert [c for c in cut if c != " "] == [c for c in seen if c != " "]


def test_a_short_text_stays_whole() -> None:
    assert split("Hello.\n\nBye.", 4096) == ["Hello.\n\nBye."]


def test_a_paragraph_is_a_better_place_than_a_sentence_and_that_than_a_word() -> None:
    assert split("One two three.\n\nFour five six.", 20) == ["One two three.", "Four five six."]
    assert split("One two three. Four five six.", 20) == ["One two three.", "Four five six."]
    assert split("one two three four five six", 20) == ["one two three four", "five six"]


def test_a_word_longer_than_a_part_is_cut() -> None:
    assert split("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


def test_lengths_are_counted_as_platforms_count_them() -> None:
    assert units("a👍") == 3
    assert [units(part) for part in split("👍" * 3000, 4096)] == [4096, 1904]
