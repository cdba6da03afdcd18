"""Values of the record in whatever spelling a person, a phone or a trickster gives them."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails import placeholders
from guardrails.mask import KnownValue, Mask
from guardrails.text import stream, view

RECORD = {
    "PERSON": KnownValue("PERSON", "Joaquín Öztürk-Neumann"),
    "EMAIL": KnownValue("EMAIL", "j.oeztuerk77@post.example"),
    "PHONE": KnownValue("PHONE", "+49 151 23450017"),
    "ADDRESS": KnownValue("ADDRESS", "Kastanienallee 117b, 10435 Berlin"),
    "ZIP": KnownValue("ZIP", "10435"),
    "DOB": KnownValue("DOB", "1979-11-28"),
    "IBAN": KnownValue("IBAN", "DE75512108001245126199"),
    "CARD": KnownValue("CARD", "5500 0055 5555 5559"),
    "NATIONAL_ID": KnownValue("NATIONAL_ID", "65929970489"),
    "USER_ID": KnownValue("USER_ID", "oeztuerk_1979"),
    "ORDER_ID": KnownValue("ORDER_ID", "TN-CG-NI-72"),
}
INVISIBLE = "\u200b\u200c\u200d\u2060\u00ad\ufeff\u180e\ufe0f"
HOMOGLYPHS = str.maketrans("aeopcxyABEKMHOPCTX", "аеорсхуАВЕКМНОРСТХ")
DIGITS = ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "０１２３４５６７８９")


def wide(value: str) -> str:
    """Full-width forms of what has one."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in value)


def grouped(value: str, gap: str, size: int) -> str:
    """The value's letters and digits in groups of a size."""
    flat = "".join(char for char in value if char.isalnum())
    return gap.join(flat[at : at + size] for at in range(0, len(flat), size))


@st.composite
def spellings(draw: st.DrawFn, kind: str) -> str:
    value = RECORD[kind].value
    if kind in ("PHONE", "IBAN", "CARD", "NATIONAL_ID") and draw(st.booleans()):
        value = grouped(value, draw(st.sampled_from([" ", "-", ".", ""])), draw(st.integers(1, 4)))
        value = f"+{value}" if kind == "PHONE" else value
    case = draw(st.sampled_from([str, str.upper, str.lower, str.title]))
    value = case(value)
    if kind in ("PERSON", "ADDRESS") and draw(st.booleans()):
        value = "".join(
            char for char in unicodedata.normalize("NFD", value) if not unicodedata.combining(char)
        )
    if draw(st.booleans()):
        value = unicodedata.normalize(draw(st.sampled_from(["NFC", "NFD"])), value)
    if draw(st.booleans()):
        table = str.maketrans("0123456789", draw(st.sampled_from(DIGITS)))
        value = value.translate(table)
    way = draw(st.sampled_from(["plain", "wide", "homoglyphs", "invisible"]))
    if way == "wide":
        return wide(value)
    if way == "homoglyphs" and kind in ("PERSON", "EMAIL", "USER_ID"):
        at = draw(st.integers(0, len(value) - 1))
        return value[:at] + value[at:].translate(HOMOGLYPHS)
    if way == "invisible":
        marks = draw(
            st.lists(st.tuples(st.integers(0, 30), st.sampled_from(INVISIBLE)), max_size=6)
        )
        for at, mark in marks:
            value = value[: at % len(value)] + mark + value[at % len(value) :]
    return value


def left_over(hidden: str) -> str:
    return stream(view(placeholders.EXACT.sub("", hidden)).text).text


@pytest.mark.parametrize("kind", RECORD)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_spelling_of_a_known_value_gets_through(kind: str, data: st.DataObject) -> None:
    spelling = data.draw(spellings(kind))
    before, after = data.draw(
        st.sampled_from([("so: ", " ok"), ("（", "）"), ("", ""), ("是", "，")])
    )
    mask = Mask(RECORD.values(), "de")
    hidden = mask.hide(f"{before}{spelling}{after}")
    told = left_over(hidden)
    for char in stream(view(before + after).text).text:
        told = told.replace(char, "", 1)
    assert told == "", hidden
    assert mask.residue(json.dumps({"content": hidden})) == ()


@pytest.mark.parametrize(
    "slip",
    ["Joaquin Öztürk-Neuman", "Joaqiun", "frau Neumannn?", "Oztirk", "kastanienalee 9", "NEUMANM"],
)
def test_a_slip_of_the_pen_is_the_same_person_or_street(slip: str) -> None:
    mask = Mask(RECORD.values(), "de")
    hidden = mask.hide(f"is it {slip} or")
    assert "[PERSON_1]" in hidden or "[ADDRESS_1]" in hidden or "[ADDRESS_2]" in hidden, hidden


@pytest.mark.parametrize("word", ["garden", "market", "Marie", "parcel", "Berliner"])
def test_words_that_only_resemble_a_name_are_left_alone(word: str) -> None:
    mask = Mask([KnownValue("PERSON", "Tessa Gardner"), KnownValue("PERSON", "Ole Marker")], "en")
    assert mask.hide(f"the {word.lower()} is closed") == f"the {word.lower()} is closed"


@pytest.mark.parametrize(
    ("known", "written"),
    [
        ("Ivan Petrov", "Иван Петров"), ("Иван Петров", "IVAN PETROV"),
        ("Nikos Pappas", "Νίκος Παππάς"), ("Zhanna Shchukina", "Жанна Щукина"),
    ],
)  # fmt: skip
def test_a_name_is_found_in_another_script(known: str, written: str) -> None:
    assert Mask([KnownValue("PERSON", known)]).hide(f"- {written} -") == "- [PERSON_1] -"
