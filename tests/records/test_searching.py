"""Encrypted text is found by word, beginning and identifier, and only by who may read it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from access import Grant, Permission, Principal, Role
from ledger import entries
from records import changes, contacts, identities, indexing, jobs, messages, searching, terms
from records.identities import Address
from records.messages import Incoming
from runtime.database import engine, open_session
from runtime.errors import BadInput
from runtime.jobs import drain

SAID = {
    "en": ("My parcel from Tuesday never arrived, please send it again", "parcel", "arriv"),
    "de": ("Die Straßenbahn fährt über die Brücke, mein Paket nicht", "strassenb", "Brücke"),
    "es": ("¿Dónde está mi devolución? Llamé ayer por la mañana", "devolucion", "manana"),
    "pt": ("A reclamação não foi respondida até amanhã", "reclamaç", "amanha"),
    "fr": ("J'ai reçu une pièce cassée et je veux un remboursement", "rembours", "cassee"),
    "it": ("Perché la spedizione è così in ritardo?", "spedizione", "perche"),
    "nl": ("Het pakket is beschadigd aangekomen", "beschadigd", "aange"),
    "pl": ("Zamówienie zostało źle wysłane do Łodzi", "zamówienie", "lodzi"),
    "tr": ("İstanbul'daki siparişim IŞIK mağazasından gelmedi", "istanbul", "ışık"),
    "ru": ("Посылка пришла вскрытой, ещё раз отправьте её", "посылк", "еще"),
    "ar": ("أين الطلبُ الذي أرسلته إلى القاهرة؟", "طلب", "القاهره"),
    "hi": ("मेरा पार्सल अभी तक नहीं पहुँचा", "पार्सल", "पहुँचा"),
    "zh": ("我想退货，请把钱退到原来的卡上", "退货", "原来的卡"),
    "ja": ("配送状況を確認したいです。サイズが合いません", "配送状況", "サイズ"),
    "ko": ("주문한 상품이 아직 배송되지 않았습니다", "배송", "상품이"),
    "vi": ("Đơn hàng của tôi vẫn chưa được giao đến Hà Nội", "đơn", "hang"),
}


def look(house, query: str, who: Principal | None = None) -> searching.Results:
    with open_session(house.scope) as session:
        return searching.search(session, who or house.ben, query)


def say(house, said: str, ref: str = "m1") -> int:
    conversation = house.open()
    with open_session(house.scope) as session:
        messages.append_inbound(session, conversation, Incoming(ref, said))
    return conversation


def learn(house, **facts: str) -> None:
    with open_session(house.scope) as session:
        contacts.observe(
            session,
            house.contact,
            {name.replace("__", "."): value for name, value in facts.items()},
            source="crm",
        )


@pytest.mark.parametrize("language", SAID)
def test_what_was_said_is_found_in_sixteen_languages(house, language):
    said, *queries = SAID[language]
    conversation = say(house, said)
    for query in queries:
        found = look(house, query).conversations
        assert [hit.conversation_id for hit in found] == [conversation], query
    assert look(house, "zzyzx").conversations == ()
    assert look(house, f"{queries[0]} zzyzx").conversations == ()


def test_sixteen_languages_are_tried():
    assert len(SAID) == 16


@pytest.mark.parametrize(
    ("stored", "query"),
    [
        ("+49 151 2345 6789", "0151/23456789"),
        ("+49 151 2345 6789", "(0151) 2345-6789"),
        ("+491512345 6789", "00491512345 6789"),
        ("+55 11 98765-4321", "+55 11 8765 4321"),
        ("+52 1 55 1234 5678", "+52 55 1234 5678"),
        ("+54 9 11 2345-6789", "011 15-2345-6789"),
    ],
)
def test_a_phone_number_is_found_in_any_notation(house, stored, query):
    learn(house, phone=stored)
    assert [hit.fields for hit in look(house, query).contacts] == [("phone",)]
    assert look(house, query[:-1] + "0").contacts == ()


@pytest.mark.parametrize(
    ("name", "stored", "queries"),
    [
        ("email", "Nora.Field@Shop.Example", ["nora.field@shop.example", "shop", "nora field"]),
        (
            "order__last__number",
            "NW-10023-B",
            ["nw-10023-b", "NW10023B", "10023", "nw 10023", "nw100"],
        ),
        ("name", "李雷", ["李", "李雷"]),
        ("company", "Åsa & Søn ApS", ["asa", "son", "ÅSA"]),
    ],
)
def test_fields_are_found_by_every_way_to_write_them(house, name, stored, queries):
    learn(house, **{name: stored})
    for query in queries:
        found = look(house, query).contacts
        assert [hit.contact_id for hit in found] == [house.contact], query
        assert name.replace("__", ".") in found[0].fields


def test_a_visitor_is_found_by_the_id_of_the_channel(house):
    with open_session(house.scope) as session:
        identities.resolve(
            session,
            unit_id=house.unit,
            channel="web",
            addresses=[Address("visitor", "v-7f3a99c1"), Address("telegram", "4711")],
        )
    assert look(house, "v-7f3a99c1").contacts[0].fields == ("channel.visitor",)
    # Who may not see addresses of channels does not find by them.
    assert look(house, "v-7f3a99c1", house.ana).contacts == ()


def test_a_hit_in_a_forbidden_field_does_not_exist(house):
    learn(house, email="nora@secret.example", risk__note="careful with zanzibar", order__last="Z-1")
    for query in ("nora@secret.example", "secret", "zanzibar"):
        assert look(house, query, house.ana) == searching.Results((), ())
    assert look(house, "zanzibar") == searching.Results((), ())
    # Half of the query in an open field, half in a closed one: nothing, the same as anywhere.
    assert look(house, "nora zanzibar", house.ana) == look(house, "nora zzyzx", house.ana)
    assert look(house, "nora", house.ana).contacts[0].fields == ("name",)
    assert look(house, "nora").contacts[0].fields == ("email", "name")
    with open_session(house.scope, read_only=True) as session:
        found = entries.of_units(session, [house.unit], action="contact:search")
    # Neither the numbers nor the fields of the refused searches tell it from an empty one.
    closed = [e.detail for e in found if e.actor == house.ana.id][-3:]
    assert all(d["contacts"] == [] and d["fields"] == [] for d in closed)


def test_a_number_that_is_hidden_in_its_field_is_not_found_in_what_was_said(house):
    learn(house, phone="+49 151 2345 6789")
    say(house, "call me back on 0151 23456789 please")
    assert look(house, "0151 23456789").conversations
    assert look(house, "0151 23456789", house.ana) == searching.Results((), ())
    (hit,) = look(house, "call back", house.ana).conversations
    assert "2345" not in hit.excerpt


def test_who_reads_no_conversations_finds_none(house):
    say(house, "the parcel is lost")
    assert look(house, "parcel").conversations
    assert look(house, "parcel", house.boss) == searching.Results((), ())
    closed = Role(
        "frame",
        (
            Grant(Permission.CONTACT_LIST),
            Grant(Permission.CONVERSATION_READ, fields=frozenset({"sources"})),
        ),
    )
    frame = Principal(house.ana.id, "user", closed, house.ana.units)
    assert look(house, "parcel", frame).conversations == ()


def test_the_ledger_has_a_keyed_hash_and_never_the_words(house):
    learn(house, company="Zanzibar Trading")
    look(house, "  ZANZIBAR ")
    look(house, "zanzibar")
    with open_session(house.scope, read_only=True) as session:
        two = entries.of_units(session, [house.unit], action="contact:search")
    assert two[0].detail["query"] == two[1].detail["query"]
    assert len(two[0].detail["query"]) == 32
    assert "zanzibar" not in str(two).lower()
    assert two[0].detail["fields"] == ["company", "name"]
    assert two[0].detail["contacts"] == [house.contact]


def test_what_was_edited_or_taken_back_is_not_found_by_its_old_words(house):
    say(house, "send it to the old harbour", "m1")
    assert look(house, "harbour").conversations
    with open_session(house.scope) as session:
        assert changes.edit(session, house.place.account_id, "m1", "send it to the station")
    assert not look(house, "harbour").conversations
    assert look(house, "station").conversations
    with open_session(house.scope) as session:
        assert changes.delete(session, house.place.account_id, "m1")
    assert not look(house, "station").conversations


def test_a_field_is_found_by_what_it_holds_now(house):
    learn(house, company="Old Harbour Ltd")
    learn(house, company="Station Ltd")
    assert look(house, "harbour").contacts == ()
    assert look(house, "station").contacts[0].fields == ("company",)


def test_terms_go_with_the_contact_and_stand_nowhere_in_clear(house):
    say(house, "the zanzibar parcel")
    learn(house, company="Zanzibar")
    with engine().connect() as connection:
        for table in ("contact_term", "message_term"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608
            assert rows
            assert "zanzibar" not in repr(rows).lower()
    with open_session(house.scope) as session:
        session.delete(session.get(contacts.Contact, house.contact))
    with engine().connect() as connection:
        for table in ("contact_term", "message_term"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0  # noqa: S608


def test_the_same_word_is_another_number_in_another_unit_and_field(house):
    numbers = {
        indexing.hashed(unit, field, "w:nora")
        for unit in (1, 2)
        for field in ("name", "company", "message")
    }
    assert len(numbers) == 6
    assert indexing.hashed(1, "name", "w:nora") in numbers


def test_the_index_is_made_anew_by_its_job(house):
    conversation = say(house, "the parcel is lost")
    learn(house, company="Zanzibar")
    before = _terms()
    with engine().begin() as connection:
        connection.execute(text("DELETE FROM contact_term"))
        connection.execute(text("DELETE FROM message_term"))
    assert look(house, "zanzibar").contacts == ()
    with open_session(house.scope) as session:
        jobs.enqueue_index(session, house.unit)
    drain()
    after = _terms()
    assert after["contact_term"] == before["contact_term"]
    # Meanwhile the assistant has answered.
    assert after["message_term"] >= before["message_term"] > set()
    assert look(house, "zanzibar").contacts
    assert [hit.conversation_id for hit in look(house, "parcel").conversations] == [conversation]


def _terms():
    with engine().connect() as connection:
        return {
            table: {tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))}  # noqa: S608
            for table in ("contact_term", "message_term")
        }


@pytest.mark.parametrize("query", ["", "  ", "?!", "x" * 201])
def test_nothing_to_look_for_is_said(house, query):
    with pytest.raises(BadInput, match="q:"):
        look(house, query)


@given(st.text(max_size=300), st.text(max_size=40))
def test_what_holds_a_query_is_always_led_to_by_the_index(said, query):
    wanted = terms.of_query(query)
    kept = terms.of_text(said, single=True)
    for one in wanted:
        if terms.holds(said, one) and one.kind != "dense":
            assert kept & set(one.terms), (said, one)


@given(st.text(max_size=200))
def test_every_text_is_found_by_itself(said):
    kept = terms.of_text(said, single=True)
    assert all(kept & set(one.terms) for one in terms.of_query(said[:60]) if terms.holds(said, one))
    assert len(kept) <= terms.MOST_TERMS
