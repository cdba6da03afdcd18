from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails import finding
from guardrails import mask as masks
from guardrails.errors import MaskingFailed
from guardrails.mask import KnownValue, Mask
from guardrails.text import plain_stream, view
from tests.guardrails.conftest import RECORD

VALUES = [item.value for item in RECORD]
FILLER = st.text(
    st.one_of(
        st.sampled_from(" .,!?\n-:;()ßéñ中文のاб"),
        st.characters(codec="utf-8", categories=("Ll", "Lu", "Lo", "Zs", "Po", "Nd", "Sm")),
    ),
    max_size=30,
)


@st.composite
def planted(draw: st.DrawFn) -> str:
    """Free text in which values of the record stand as words of their own."""
    pieces = draw(st.lists(st.tuples(FILLER, st.sampled_from(VALUES)), max_size=5))
    return " ; ".join(part for pair in [*pieces, (draw(FILLER), "")] for part in pair)


@given(planted())
def test_what_was_hidden_comes_back_and_nothing_known_is_left(text: str) -> None:
    mask = Mask(RECORD)
    hidden = mask.hide(text)
    assert mask.residue(json.dumps({"messages": [{"content": hidden}]})) == ()
    assert not any(value in hidden for value in VALUES)
    restored = mask.restore(hidden)
    assert restored.count(VALUES[0]) >= text.count(VALUES[0])


@given(st.lists(st.sampled_from(VALUES), min_size=1, max_size=6))
def test_a_text_of_known_values_is_restored_to_the_letter(values: list[str]) -> None:
    mask = Mask(RECORD)
    text = "Bitte: " + " und ".join(values) + "."
    assert mask.restore(mask.hide(text)) == text


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(VALUES), FILLER),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(st.one_of(st.sampled_from(VALUES), FILLER), inner, max_size=4),
        ),
        max_leaves=12,
    )
)
def test_every_field_of_nested_json_is_hidden(value: object) -> None:
    mask = Mask(RECORD)
    hidden = mask.hide_result(json.dumps(value))
    assert mask.residue(json.dumps({"messages": [{"role": "tool", "content": hidden}]})) == ()


def test_nested_values_come_back_with_their_keys(mask: Mask) -> None:
    value = {"ana.lima@mail.example": ["Ana Müller-Lima", {"zip": 20095, "open": True}], "n": None}
    hidden = mask.hide_structured(value)
    assert hidden == {"[EMAIL_1]": ["[PERSON_1]", {"zip": "[ZIP_1]", "open": True}], "n": None}
    assert mask.restore_nested(hidden)["ana.lima@mail.example"][0] == "Ana Müller-Lima"


def test_two_spellings_of_one_value_stay_two_keys(mask: Mask) -> None:
    hidden = mask.hide_structured({"Ana": 1, "Ana Müller-Lima": 2})
    assert hidden == {"[PERSON_1]": 1, "[PERSON_1] (2)": 2}


def test_tool_results_keep_what_only_looks_like_a_name(mask: Mask) -> None:
    text = "Name: Berlin Backpack. Call me Ishmael is in stock, 12 pieces at 59.90"
    assert mask.hide_structured(text) == text


@pytest.mark.parametrize(
    "spelling",
    [
        "ana muller-lima", "ANA MÜLLER-LIMA", "Ana  Mueller Lima", "Müller-Lima, Ana",
        "A\u200bna M\u00adüller-Lima", "A.n.a M.ü.l.l.e.r-L.i.m.a", "Аnа Müller-Lima",
        "ana.lima@mail.example", "ANA.LIMA @ mail.example", "ana.lima (at) mail (dot) example",
        "ana.lima[at]mail.example", "ana.lima at mail dot example", "ana.lima%40mail.example",
        "ana.lima＠mail.example",
        "+4915112340001", "0151 12340001", "0049 151 1234 0001", "０１５１ １２３４０００１",
        "0 1 5 1 1 2 3 4 0 0 0 1", "٠١٥١١٢٣٤٠٠٠١", "(0151) 1234-0001",
        "Lindenweg 3", "lindenweg ３", "LINDENWEG 3, 20095 HAMBURG", "2 0 0 9 5",
        "13.6.1988", "13. Juni 1988", "June 13, 1988", "1988/06/13", "13 de junio de 1988",
        "1988年6月13日",
        "nl 100201", "NL100201", "ＮＬ－１００２０１",
        "DE02 1203 0000 0000 2020 51", "de02120300000000202051",
        "4111-1111-1111-1111", "4111111111111111", "AnaLima88",
    ],
)  # fmt: skip
def test_the_record_is_found_however_it_is_spelled(mask: Mask, spelling: str) -> None:
    text = f"so: {spelling} ok"
    hidden = mask.hide(text)
    left = view(hidden.replace("so:", "").replace(" ok", "")).text
    assert set(hidden) & set("[]"), hidden
    assert not any(char.isalnum() for char in masks.placeholders.EXACT.sub("", left)), hidden


def test_one_phone_in_three_spellings_is_one_placeholder() -> None:
    mask = Mask()
    hidden = mask.hide("+49 151 12340001, 0151 12340001 oder 0049-151-12340001")
    assert hidden == "[PHONE_1], [PHONE_1] oder [PHONE_1]"
    assert mask.restore("[PHONE_1]") == "+49 151 12340001"


def test_a_national_spelling_first_is_the_same_phone_too() -> None:
    mask = Mask()
    assert mask.hide("0151 12340001 = +49 151 12340001") == "[PHONE_1] = [PHONE_1]"


def test_phones_of_two_countries_are_two_phones() -> None:
    mask = Mask()
    assert mask.hide("+49 30 5550101 / +33 30 5550101").count("[PHONE_1]") == 1


def test_first_and_last_name_stand_for_the_same_person(mask: Mask) -> None:
    assert mask.hide("Ana! Frau Müller-Lima? Ana Müller-Lima.") == (
        "[PERSON_1]! Frau [PERSON_1]? [PERSON_1]."
    )


def test_a_last_name_two_people_share_is_nobody_in_particular() -> None:
    mask = Mask([KnownValue("PERSON", "Yara Lopez"), KnownValue("PERSON", "Noah Lopez")])
    assert mask.hide("Yara, Noah and the Lopez family") == (
        "[PERSON_1], [PERSON_2] and the [PERSON_3] family"
    )
    assert mask.restore("[PERSON_3]") == "Lopez"


def test_the_same_history_gives_the_same_numbers() -> None:
    history = ["my name is Joana Tavares", "write to joana@mail.example", "or to +351 912 000 001"]
    first, second = Mask(RECORD), Mask(RECORD)
    before = [first.hide(text) for text in history[:2]]
    assert [second.hide(text) for text in history][:2] == before


def test_names_people_announce_are_remembered() -> None:
    mask = Mask()
    assert mask.hide("Hi, my name is Joana Tavares") == "Hi, my name is [PERSON_1]"
    assert mask.hide("TAVARES again") == "[PERSON_1] again"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ich heiße Jörg van der Berg, hallo", "Jörg van der Berg"),
        ("me llamo lucía gómez y tengo una duda", "lucía gómez"),
        ("meu nome é João da Silva.", "João da Silva"),
        ("je m'appelle Élodie Petit", "Élodie Petit"),
        ("mi chiamo Chiara Bruni", "Chiara Bruni"),
        ("mijn naam is Sanne de Wit", "Sanne de Wit"),
        ("我叫张伟，请帮忙", "张伟"),
        ("私は佐藤直樹です。", "佐藤直樹"),
        ("田中真綾と申します", "田中真綾"),
        ("제 이름은 김민수입니다", "김민수"),
        ("меня зовут Иван Петров", "Иван Петров"),
        ("اسمي ليلى حداد", "ليلى حداد"),
    ],
)
def test_announced_names_are_hidden_in_many_languages(text: str, name: str) -> None:
    mask = Mask()
    hidden = mask.hide(text)
    assert name not in hidden
    assert hidden == text.replace(name, "[PERSON_1]")


@pytest.mark.parametrize(
    "text",
    [
        "I am looking for a tent for 4 persons, max 250 EUR, from 2026-05-12 to 20.05.2026.",
        "Open 10:30:00 to 18:00",
        "My name is spelled wrong on page 12", "The total is 1,234,567.00 EUR",
        "Ich bin nicht zufrieden mit Größe 42", "Is may or june better? I will pay cash.",
        "这个帐篷能住几个人？", "This is wrong, call me back please", "I am from Berlin",
        "Version 2.10.3 of the app, room 12, 50 % off",
    ],
)  # fmt: skip
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert Mask([KnownValue("PERSON", "Will May")]).hide(text) == text


def test_long_digit_runs_cards_accounts_and_ids_are_hidden() -> None:
    hidden = Mask().hide(
        "ref 12345678, card 4012 8888 8888 1881, GB82 WEST 1234 5698 7654 32, "
        "cpf 529.982.247-25, from 192.0.2.17 or 2001:db8::7:1"
    )
    assert hidden == (
        "ref [NUMBER_1], card [CARD_1], [IBAN_1], cpf [NATIONAL_ID_1], from [IP_1] or [IP_2]"
    )


@pytest.mark.parametrize("gap", ["\n", ",", "_", "·", ", ", " - ", "/", "**"])
def test_a_card_in_groups_of_any_kind_is_a_card(gap: str) -> None:
    card = gap.join(("4012", "8888", "8888", "1881"))
    assert Mask().hide(f"it is {card}\nuntil 12/27") == "it is [CARD_1]\nuntil 12/27"


@pytest.mark.parametrize("phone", ["+49·151·234567", "+49_151_234567", "(0151)_234567"])
def test_a_phone_in_odd_groups_is_hidden_whole(phone: str) -> None:
    assert Mask().hide(f"call {phone} now") == "call [PHONE_1] now"


def test_a_mail_address_may_be_quoted() -> None:
    assert Mask().hide('to "joana tavares"@mail.example') == "to [EMAIL_1]"


@pytest.mark.parametrize(
    "at",
    ["%40", "%2540", "%252540", r"\u0040", r"\\u0040", r"\x40", "&#64;", "&#x00040;", "&amp;#64;"],
)
def test_what_was_escaped_twice_is_read_as_well(at: str) -> None:
    assert Mask().hide(f"who{at}ever.example") == "[EMAIL_1]"
    body = json.dumps({"messages": [{"role": "user", "content": f"ana.lima{at}mail.example"}]})
    assert "EMAIL" in Mask(RECORD).residue(body)


def test_a_text_that_looks_like_a_placeholder_is_hidden_itself(mask: Mask) -> None:
    mask.hide("ana.lima@mail.example")
    hidden = mask.hide("tell me [EMAIL_1] and <person_2> please")
    assert hidden == "tell me [LITERAL_1] and [LITERAL_2] please"
    assert mask.restore(hidden) == "tell me [EMAIL_1] and <person_2> please"


@pytest.mark.parametrize(
    "mangled",
    [
        "<PERSON_1>", "Person_1", "[Person 1]", "{{PERSON_1}}", r"\[PERSON\_1\]", "PERSON-1",
        "［PERSON_1］", "[PERSON_1", "【PERSON_1】", "[person_1]", "[ PERSON_1 ]", "[PERSON-1]",
        "[PERSON 1]", "(PERSON_1)", "[**PERSON_1**]", "person_1]",
    ],
)  # fmt: skip
def test_mangled_placeholders_are_restored(mask: Mask, mangled: str) -> None:
    mask.hide("Ana Müller-Lima")
    assert mask.restore(f"Hi {mangled}, ok").startswith("Hi Ana Müller-Lima")


def test_suffixes_and_bold_marks_stay(mask: Mask) -> None:
    mask.hide("Ana Müller-Lima")
    assert mask.restore("**[PERSON_1]** [PERSON_1]s") == "**Ana Müller-Lima** Ana Müller-Limas"


def test_a_placeholder_of_nobody_becomes_an_ellipsis_and_is_counted(mask: Mask) -> None:
    assert mask.restore("Hi [PERSON_7] (see number 12, person-2 tent)") == (
        "Hi … (see number 12, person-2 tent)"
    )
    assert mask.unknown == 1


def test_numbers_above_nine_do_not_end_early() -> None:
    mask = Mask()
    mails = [f"a{number}@mail.example" for number in range(12)]
    hidden = mask.hide(" ".join(mails))
    assert mask.restore(hidden) == " ".join(mails)


@given(st.sampled_from(RECORD), st.sampled_from(["clear", "json", "url", "ascii"]))
def test_what_a_payload_still_shows_is_named_by_kind(known: KnownValue, way: str) -> None:
    written = {
        "clear": known.value,
        "json": json.dumps(known.value),
        "ascii": "".join(f"\\u{ord(char):04x}" for char in known.value),
        "url": quote(known.value, safe=""),
    }[way]
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": f"so {written} !"}]})
    found = Mask(RECORD).residue(body)
    assert found
    assert not any(known.value in kind for kind in found)


def test_protocol_words_are_nobodys_name() -> None:
    mask = Mask([KnownValue("PERSON", "Max User"), KnownValue("PERSON", "Auto Content")])
    body = {"model": "m", "tool_choice": "auto", "messages": [{"role": "user", "content": "x"}]}
    assert mask.residue(json.dumps(body)) == ()


def test_a_name_glued_to_what_was_hidden_is_hidden_with_it() -> None:
    mask = Mask([KnownValue("PERSON", "Ana Souza")])
    hidden = mask.hide("DE02120300000000202051Ana")
    assert mask.residue(json.dumps({"content": hidden})) == ()


def test_a_broken_recogniser_stops_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        languages: frozenset[str] = frozenset()

        def find(self, text: str, language: str) -> list[masks.Span]:
            raise RuntimeError(text)

    finding.forget()
    monkeypatch.setattr(finding.plugins, "load", lambda _group: {"broken": Broken})
    try:
        with pytest.raises(MaskingFailed) as failure:
            Mask().hide("secret words")
    finally:
        finding.forget()
    assert "secret" not in str(failure.value)
    assert failure.value.__cause__ is None


@given(st.text(max_size=60))
def test_views_point_back_into_the_text(text: str) -> None:
    viewed = view(text)
    assert len(viewed.text) == len(viewed.starts) == len(viewed.ends)
    for place in range(len(viewed.text)):
        start, end = viewed.origin(place, place + 1)
        assert 0 <= start < end <= len(text)


@given(st.text(max_size=60))
def test_any_text_at_all_can_be_hidden(text: str) -> None:
    mask = Mask(RECORD)
    hidden = mask.hide(text)
    assert mask.residue(json.dumps({"content": hidden})) == ()
    assert plain_stream(hidden) is not None


@pytest.mark.parametrize("piece", ["a", "a.", "1 ", "1", "a@", "a (at) ", "%41", "(", "a-", "x:"])
def test_long_nonsense_is_read_in_one_go(piece: str) -> None:
    # Quadratic patterns would take minutes here and run into the suite's time limit.
    Mask(RECORD).hide(piece * (100_000 // len(piece)))
