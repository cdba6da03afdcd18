"""A pattern of the company's own does what its examples say, and is never slow."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails import patterns
from guardrails.policy import Pattern
from runtime.errors import BadInput


def pattern(expression: str, finds: str, spares: str = "nothing of it here") -> Pattern:
    return Pattern(name="own", regex=expression, finds=(finds,), spares=(spares,))


GOOD = [
    (r"NW-\d{6}", "order NW-204518"),
    (r"NW-\d+", "order NW-204518"),
    (r"\b[A-Z]{2}\d{4,8}\b", "AB12345"),
    (r"(?:customer|client)\s{0,3}(?:no|number)?\W{0,3}\d{4,9}", "customer no: 12345"),
    (r"[[a-z]--[aeiou]]{3}\d{2}", "bcd12"),
    (r"\b\p{Lu}\p{L}{1,20}-\d{2,8}\b", "Österreich-22"),
    (r"(?<=member )\d{3}", "member 123"),
    (r"会員番号\d{4}", "会員番号1234"),
]

SLOW = [
    (r"(a|a)*b", "aab"),
    (r"(?:a|aa)+$", "aaa"),
    (r"(.*)*x", "x"),
    (r"(\w+\s?)*$", "ab c"),
    (r"(x+x+)+y", "xxxy"),
    (r"\d+x", "123x"),
    (r"\w+@\w+", "a@b"),
    (r"(a{1,100}){1,100}b", "aab"),
    (r"(a*)\1b", "aab"),
    (r"(?:(?:a{0,9}){0,9}){0,9}b", "aab"),
    (r"([^\]]+)+x", "aax"),
    (r"(a|b|ab)*c", "abc"),
    (r"[]a+]+z", "]z"),
    (r"(?:\s|\d)*!", "1 2!"),
]


@pytest.mark.parametrize(("expression", "finds"), GOOD)
def test_a_bounded_pattern_is_taken(expression, finds):
    patterns.check(pattern(expression, finds), "patterns[0]")


@pytest.mark.parametrize(("expression", "finds"), SLOW)
def test_a_pattern_that_is_slow_on_hostile_text_is_refused_quickly(expression, finds):
    begun = time.monotonic()
    with pytest.raises(BadInput, match=r"patterns\[2\]\.regex: .*bound every repeat"):
        patterns.check(pattern(expression, finds), "patterns[2]")
    assert time.monotonic() - begun < 30  # two searches of half a second, however busy we are


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (pattern("(abc", "abc"), r"p\.regex: cannot be read: "),
        (pattern(r"NW-\d{6}", "order NW-12"), r"p\.finds\[0\]: nothing is found in it"),
        (pattern(r"NW-\d{2}", "NW-12", "NW-99"), r"p\.spares\[0\]: something is found in it"),
        (pattern(r"z*|", "no match but the empty one"), r"p\.finds\[0\]: nothing"),
    ],
)
def test_an_error_names_the_field(wrong, said):
    with pytest.raises(BadInput, match=said):
        patterns.check(wrong, "p")


def test_examples_are_read_as_a_message_is_read():
    """Full-width digits and invisible characters do not hide a number from its pattern."""
    patterns.check(pattern(r"NW-\d{6}", "NW-２０４５１８"), "patterns[0]")
    patterns.check(pattern(r"NW-\d{6}", "NW-20\u200b4518"), "patterns[0]")


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=r"ab1\d()[]{}*+?|,.^-", min_size=2, max_size=14))
def test_whatever_is_taken_stays_quick_on_long_texts(expression):
    """Every expression is either refused, or quick on texts that it was not tried on."""
    made = Pattern(name="own", regex=expression, finds=("ab1a",), spares=("nothing",))
    try:
        patterns.check(made, "patterns[0]")
    except BadInput:
        return
    for text in ("ab" * 4000, "ba1" * 2600 + "\x01", "a" * 7999 + "c", "1b" * 4000 + "\x01ab1a"):
        begun = time.thread_time()
        patterns.places(expression, text)
        assert time.thread_time() - begun < 10 * patterns.SLOW
