from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.grounding import sentences, split
from guardrails.outbound import Gate, screen_outbound
from guardrails.policy import Policy

RETURNS = (
    "Returns are free within 30 days of delivery. Sale items are non-refundable. "
    "You can pay with an invoice or a card."
)
TENTS = "The Fjell tent weighs 2.4 kg and costs 1,299.00 EUR. The Skog tent weighs 3.1 kg."
PASSAGES = ((11, RETURNS), (12, TENTS))


def gate(reply: str, **options: object) -> Gate:
    return screen_outbound(
        reply,
        options.pop("passages", PASSAGES),  # type: ignore[arg-type]
        allowed_hosts=(),
        **options,  # type: ignore[arg-type]
    )


def test_every_sentence_says_where_it_stands() -> None:
    reply = "Returns are free within 30 days of delivery. The Skog tent weighs 3.1 kg."
    found = gate(reply).statements
    assert [reply[slice(*one.said)] for one in found] == sentences(reply)
    assert [one.chunk_id for one in found] == [11, 12]
    for one in found:
        assert one.place is not None
        assert one.text in dict(PASSAGES)[one.chunk_id or 0][slice(*one.place)]


def test_a_citation_is_corrected_to_what_carries_the_sentence() -> None:
    reply = "Returns are free within 30 days of delivery. [2] The Skog tent weighs 3.1 kg [2, 9]."
    checked = gate(reply)
    assert checked.text == (
        "Returns are free within 30 days of delivery. The Skog tent weighs 3.1 kg."
    )
    assert [(one.cited, one.chunk_id) for one in checked.statements] == [((12,), 11), ((12,), 12)]


def test_of_two_passages_that_say_the_same_the_cited_one_is_named() -> None:
    twice = ((11, RETURNS), (13, RETURNS))
    for mark, chunk_id in (("[1]", 11), ("[2]", 13)):
        (one,) = gate(f"Returns are free within 30 days. {mark}", passages=twice).statements
        assert one.chunk_id == chunk_id


def test_a_citation_saves_nothing_that_no_source_says() -> None:
    checked = gate("Our moon rockets fly around bright planets every summer. [1]")
    assert checked.reason == "coverage"
    assert checked.statements[0].cited == (11,)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("Returns are free within thirty days of delivery.", ""),
        ("Returns are free within forty days of delivery.", "number"),
        ("Returns are free within 30 weeks of delivery.", "number"),
        ("Returns are not free within 30 days of delivery.", "negation"),
        ("Returns are never free within 30 days of delivery.", "negation"),
        ("Sale items are refundable.", "negation"),
        ("Sale items are not refundable.", ""),
        ("You cannot pay with an invoice or a card.", "negation"),
        ("No, sale items are non-refundable.", ""),
        ("The Fjell tent weighs 3.1 kg.", "number"),
        ("The Skog tent costs 1,299.00 EUR.", "number"),
        ("The Fjell tent costs 1,299.00 USD.", "number"),
        ("The Fjell tent weighs 2.4 kg at Amazon.", "entity"),
        ("Zalando gives you free returns within 30 days of delivery.", "entity"),
        ("The Fjell X200 tent weighs 2.4 kg.", "entity"),
        ("Sure, we cover every kind of water damage.", "coverage"),
        ("Of course, it is waterproof.", "coverage"),
        ("Yes, it is waterproof.", "coverage"),
        ("Thank you for your question! Returns are free within 30 days of delivery.", ""),
    ],
)
def test_what_is_refused_and_why(reply: str, reason: str) -> None:
    checked = gate(reply)
    assert checked.reason == reason
    assert (checked.verdict == "allow") is (not reason)


def test_numbers_that_change_places_within_a_sentence_are_refused_when_one_is_doubled() -> None:
    source = ((1, "Delivery takes 2 days in Germany and 5 days in Norway."),)
    assert (
        gate("Delivery takes 2 days in Germany and 5 days in Norway.", passages=source).reason == ""
    )
    wrong = "Delivery takes 2 days in Germany and 2 days in Norway."
    assert gate(wrong, passages=source).reason == "number"


@pytest.mark.parametrize(
    ("source", "reply", "reason"),
    [
        ("Sie können Artikel innerhalb von 30 Tagen zurückgeben.",
         "Artikel können Sie innerhalb von dreißig Tagen zurückgeben.", ""),
        ("Sie können Artikel innerhalb von 30 Tagen zurückgeben.",
         "Sie können Artikel nicht innerhalb von 30 Tagen zurückgeben.", "negation"),
        ("Sie können Artikel innerhalb von 30 Tagen zurückgeben.",
         "Sie können Artikel innerhalb von zwanzig Tagen zurückgeben.", "number"),
        ("Vous pouvez retourner un article sous 30 jours.",
         "Vous ne pouvez pas retourner un article sous 30 jours.", "negation"),
        ("Vous pouvez retourner un article sous 30 jours.",
         "Vous pouvez retourner un article sous quarante jours.", "number"),
        ("Puede devolver el artículo en 30 días.",
         "No puede devolver el artículo en 30 días.", "negation"),
        ("返品は30日以内なら無料です。", "返品は30日以内なら無料ではありません。", "negation"),
    ],
)  # fmt: skip
def test_other_languages(source: str, reply: str, reason: str) -> None:
    assert gate(reply, passages=((1, source),)).reason == reason


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("退货在30天内免费。", ""),
        ("退货在14天内免费。", "number"),
        ("Skog帐篷重3.1公斤。", ""),
        ("Amazon的退货在30天内免费。", "entity"),
        ("Возврат бесплатен в течение 30 дней через Amazon.", "entity"),
        ("Возврат бесплатен в течение 30 дней.", ""),
    ],
)
def test_in_another_script_figures_and_latin_names_are_held(reply: str, reason: str) -> None:
    assert gate(reply).reason == reason


RECORD = {"order.last.number": "NL-100201", "order.last.status": "shipped", "name": "Ana Kovač"}


def test_what_the_record_says_names_its_fields() -> None:
    checked = gate("Your order NL-100201 has been shipped, Ana Kovac.", record=RECORD)
    assert checked.verdict == "allow"
    assert checked.statements[0].fields == ("order.last.number", "order.last.status", "name")
    assert gate("Your order NL-100202 has been shipped.", record=RECORD).verdict == "refuse"


def test_a_title_gives_names_to_its_own_passage_only() -> None:
    reply = "Nordlicht returns are free within 30 days of delivery."
    assert gate(reply).reason == "entity"
    assert gate(reply, titles={11: "Nordlicht returns"}).verdict == "allow"
    assert gate(reply, titles={12: "Nordlicht tents"}).reason == "entity"


def test_a_sentence_that_lost_its_link_does_not_go_out() -> None:
    source = ((1, "Track your parcel at https://track.other.example/x any time."),)
    checked = gate("Track your parcel at https://track.other.example/x any time.", passages=source)
    assert (checked.reason, checked.removed) == ("link", ("link",))


def test_phrases_of_the_policy_are_refused_even_if_a_source_has_them() -> None:
    policy = Policy(promises=("free within",))
    assert gate("Returns are free within 30 days of delivery.", policy=policy).reason == "promise"


def test_a_promise_that_is_released_word_for_word_is_no_promise_of_the_model() -> None:
    source = ((1, "We refund the price within 14 days. Returns are free."),)
    assert gate("We refund the price within 14 days.", passages=source).verdict == "allow"
    assert gate("We refund you the price within 14 days.", passages=source).reason == "promise"


def test_a_quotation_is_located_and_never_unsupported() -> None:
    checked = gate("Sale items are non-refundable.", verbatim=True)
    assert [(one.supported, one.chunk_id) for one in checked.statements] == [(True, 11)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Costs 2.4 kg. Ships e.g. by post. Ask Dr. Kim.", 3),
        ("Am 3. März geschlossen. Danach offen.", 2),
        ("1. Open the app.\n2. Choose returns.", 2),
        ("Open 9 a.m. to 5 p.m. every day. Closed on Sundays.", 2),
        ("返品は無料です。送料は500円です。", 2),
        ("Really?! Yes.", 2),
        ("- one\n- two", 2),
    ],
)
def test_where_sentences_end(text: str, count: int) -> None:
    assert len(sentences(text)) == count


@given(st.text(max_size=300))
def test_sentences_are_in_order_and_lose_nothing_but_space(text: str) -> None:
    spans = split(text)
    assert all(a < b for a, b in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())


@given(st.text(max_size=200), st.text(max_size=200))
def test_places_lie_within_reply_and_passage(reply: str, passage: str) -> None:
    checked = gate(reply, passages=((1, passage),))
    for one in checked.statements:
        assert 0 <= one.said[0] < one.said[1] <= len(checked.text)
        if one.place:
            assert 0 <= one.place[0] <= one.place[1] <= len(passage)


LINES = (
    (
        21,
        "Two night ferries cross in 14 hours to Norrvik. The day boats to the islands were rebuilt "
        "and now need 9 hours, as the harbour of Norrvik is closed to them.",
    ),
)


def test_a_number_that_the_source_says_of_something_else_is_found() -> None:
    for said, reason in (
        ("The two night ferries cross to Norrvik in 14 hours.", ""),
        ("The two night ferries cross to Norrvik in 9 hours.", "number"),
        ("The rebuilt day boats to the islands need 9 hours.", ""),
    ):
        assert gate(said, passages=LINES).reason == reason, said


@pytest.mark.parametrize(
    ("source", "said", "reason"),
    [
        ("Bring your Passport Renewal Form to the office.", "Bring the PRF to the office.", ""),
        ("Bring your Passport Renewal Form to the office.", "Bring the PRX in.", "entity"),
        ("Please renew the form at our office.", "Renew the RTF at our office.", "entity"),
        ("We sell Rucksacks of Nordwind here.", "We sell Ruckksacks of Nordwind here.", ""),
        ("We sell coats of Nordwind here.", "We sell coats of Nordland here.", "entity"),
        ("Certain health concerns are covered.", "Certain healt0h concerns are covered.", ""),
        ("Certain health concerns are covered.", "Certain 5 concerns are covered.", "number"),
        ("Use the Post-9/11 Bill for school.", "For school use the Post-9/11 Bill.", ""),
        ("Use the Post-9/11 Bill for school.", "For school use the Post-9/12 Bill.", "number"),
        ("It was built in the nineteenth century.", "It was built in the 19th century.", ""),
        ("It was built in the nineteenth century.", "It was built in the 18th century.", "number"),
        ("You must show a paper. Age You must sign it.", "AgeYou must sign a paper.", ""),
    ],
)  # fmt: skip
def test_how_a_thing_is_written_does_not_make_it_another_thing(source, said, reason) -> None:
    assert gate(said, passages=((31, source),)).reason in (
        (reason, "entity") if reason == "number" else (reason,)
    )


def test_a_denial_counts_for_what_it_denies() -> None:
    source = ((41, "Families can get help in approved non-college programs at our centres."),)
    shorter = "Families can get help in approved programs at our centres."
    assert gate(shorter, passages=source).reason == ""
    turned = "Families can get help in approved college programs at our centres."
    assert gate(turned, passages=source).reason == "negation"
    assert gate("Sale items are refundable.").reason == "negation"
