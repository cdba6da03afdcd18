"""A file with contacts is tried out first, taken in once, and harms nothing."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from access import Denied
from ledger import entries
from records import contacts, importing, jobs, listing, tabular
from records.listing import Narrowed
from runtime.database import engine, open_session
from runtime.errors import AppError, BadInput, Conflict, NotFound
from runtime.jobs import drain

FILE = (
    "Name;E-mail;Phone;Country\n"
    "Ida Quill;ida@quill.example;+49 151 2345 6789;de\n"
    'Otto "Hill";otto at hill;;DE\n'
    "Nora Field;NORA@field.example;;FR\n"
    ";;;DE\n"
    "Ida again;ida@quill.example;;\n"
)


def look(house, raw: bytes | str, **more) -> importing.ImportView:
    with open_session(house.scope) as session:
        data = raw if isinstance(raw, bytes) else raw.encode()
        return importing.look_at(session, house.ben, house.unit, data, **more)


def test_a_file_is_tried_out_then_taken_in_once(house):
    assert jobs
    with open_session(house.scope) as session:
        contacts.observe(session, house.contact, {"email": "nora@field.example"}, source="crm")
    quoted = FILE.replace('Otto "Hill"', '"Otto ""Hill"""')
    seen = look(house, quoted)
    assert seen.mapping == {"0": "name", "1": "email", "2": "phone", "3": "country"}
    with open_session(house.scope) as session:
        with pytest.raises(Conflict):
            importing.start(session, house.ben, seen.id)
        tried = importing.try_out(session, house.ben, seen.id, seen.mapping)
    assert tried.counts == {"created": 1, "updated": 1, "errors": 3}
    assert [(one["row"], one["column"]) for one in tried.report] == [
        (3, "E-mail"), (5, ""), (6, ""),
    ]  # fmt: skip
    assert "quill" not in str(tried.report)
    with open_session(house.scope) as session:
        assert len(listing.find(session, house.ben, Narrowed())) == 1
        importing.start(session, house.ben, seen.id)
        with pytest.raises(Conflict):
            importing.start(session, house.ben, seen.id)
    drain()
    with open_session(house.scope) as session:
        done = importing.read_import(session, house.ben, seen.id)
        (ida,) = listing.find(session, house.ben, Narrowed("ida@quill.example"))
        facts = contacts.read_profile(session, house.ben, ida.contact_id).facts
        nora = contacts.read_profile(session, house.ben, house.contact).attributes
        written = entries.of_units(session, [house.unit], action="contact:import")
    assert (done.state, done.done) == ("done", 5)
    # The second line of Ida is an update by then: the same person, found by the address.
    assert done.counts == {"created": 1, "updated": 2, "errors": 2}
    assert {fact.source for fact in facts} == {f"import/{seen.id}"}
    assert nora["country"] == "FR"
    assert written[0].detail["created"] == 1
    assert "quill" not in str(written)
    with engine().connect() as connection:
        kept = connection.execute(text("SELECT file_sealed FROM contact_import")).scalar()
        addresses = connection.execute(text("SELECT count(*) FROM identity")).scalar()
    assert kept is None
    # What a file says never becomes an address of a channel.
    assert addresses == 1


def test_only_who_may_imports_and_only_into_fields_of_the_role(house):
    seen = look(house, "name,risk\nIda,x\n")
    with open_session(house.scope) as session:
        with pytest.raises(Denied):
            importing.look_at(session, house.ana, house.unit, b"name\nx\n")
        with pytest.raises(NotFound):
            importing.look_at(session, house.ben, house.unit + 1, b"name\nx\n")
        for mapping in ({"1": "risk.note"}, {"1": "channel.telegram"}, {"1": "custom.x"}):
            with pytest.raises(NotFound):
                importing.try_out(session, house.ben, seen.id, mapping)
        for mapping in ({}, {"9": "name"}, {"x": "name"}, {"0": "name", "1": "name"}):
            with pytest.raises(BadInput, match="mapping"):
                importing.try_out(session, house.ben, seen.id, mapping)


def test_two_customers_in_one_row_are_left_to_people(house):
    with open_session(house.scope) as session:
        contacts.observe(session, house.contact, {"email": "a@field.example"}, source="crm")
        other = importing.identities.new_contact(session, house.unit, "import")
        contacts.observe(session, other, {"phone": "+4915123456789"}, source="crm")
    seen = look(house, "email,phone\na@field.example,+4915123456789\n")
    with open_session(house.scope) as session:
        tried = importing.try_out(session, house.ben, seen.id, seen.mapping)
    assert tried.counts == {"errors": 1}
    assert "merge" in tried.report[0]["fix"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "needs a line"),
        (b"name\n", "needs a line"),
        ("name\nJosé\n".encode("latin-1"), "not UTF-8"),
        (b"name\na\x00b\n", "NUL"),
        (b'name\n"open\n', "quotation"),
        (b"name\na,b,c\n", "line 2"),
        (b"name\n" + b"x" * 3000 + b"\n", "line 2"),
        (b"x" * (tabular.MOST_BYTES + 1), "4 MB"),
        (b"name\n" + b"a\n" * (tabular.MOST_ROWS + 1), "rows"),
        (",".join(f"c{n}" for n in range(61)).encode() + b"\n1\n", "columns"),
    ],
)
def test_a_hostile_file_is_refused_with_the_place(house, raw, said):
    with pytest.raises(BadInput, match=said):
        look(house, raw)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_that_say_their_encoding_are_read(house, encoding):
    assert look(house, "name\nJosé\n".encode(encoding)).rows == 1
    assert look(house, "name\nJosé\n".encode("latin-1"), encoding="latin-1").rows == 1


@given(st.lists(st.lists(st.text(max_size=20), min_size=1, max_size=4), max_size=5))
def test_what_is_written_holds_no_formula(rows):
    out = tabular.written(["a"], rows)
    for row in csv.reader(io.StringIO(out, newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw):
    try:
        table = tabular.read(tabular.decoded(raw))
    except AppError:
        return
    assert all(len(row) == len(table.header) for row in table.rows)
