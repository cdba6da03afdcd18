"""A session cannot leave the units it was opened for."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import aliased

from records import identities
from records.identities import Address
from records.models import Attribute, Contact, Identity
from runtime.database import open_session
from runtime.errors import NotAllowed
from runtime.scope import Scope

DE, JP = Scope.of(1), Scope.of(2)


@pytest.fixture
def both(db) -> tuple[int, int]:
    made = []
    for unit, scope in ((1, DE), (2, JP)):
        with open_session(scope) as session:
            found = identities.resolve(
                session,
                unit_id=unit,
                channel="telegram",
                addresses=[Address("telegram", "4917")],
                name="Someone",
            )
            made.append(found.contact_id)
    return made[0], made[1]


def test_the_same_address_in_two_units_is_two_contacts(both):
    assert both[0] != both[1]


@pytest.mark.parametrize(
    "query",
    [
        lambda: select(Contact),
        lambda: select(Contact.id),
        lambda: select(aliased(Contact)),
        lambda: select(Contact).where(Contact.id.in_(select(Contact.id))),
        lambda: select(Identity).join(Contact, Contact.id == Identity.contact_id),
        lambda: select(select(Contact).subquery()),
        lambda: select(select(Contact).cte()),
        lambda: select(Contact.id).union_all(select(Contact.id)),
    ],
)
def test_every_form_of_query_stays_inside(both, query):
    with open_session(DE) as session:
        own = session.execute(query()).all()
    with open_session(Scope.of()) as session:
        nobodys = session.execute(query()).all()
    with open_session(Scope.of(1, 2)) as session:
        all_rows = session.execute(query()).all()
    assert nobodys == []
    assert len(all_rows) == 2 * len(own) > 0


def test_counts_updates_and_deletes_stay_inside(both):
    with open_session(DE) as session:
        assert session.scalar(select(func.count()).select_from(Contact)) == 1
        changed = session.execute(
            update(Contact).values(demo=True).returning(Contact.unit_id)
        ).all()
        assert [row.unit_id for row in changed] == [1]
        gone = session.execute(delete(Attribute).returning(Attribute.unit_id)).all()
        assert {row.unit_id for row in gone} == {1}
    with open_session(JP) as session:
        assert session.scalar(select(Contact.demo)) is False
        assert session.scalar(select(func.count()).select_from(Attribute)) == 1


def test_a_row_of_another_unit_cannot_be_loaded_by_its_key(both):
    with open_session(DE) as session:
        assert session.get(Contact, both[1]) is None


def test_a_row_of_another_unit_cannot_be_written(db):
    with pytest.raises(NotAllowed), open_session(DE) as session:
        session.add(Contact(unit_id=2, data_key=b"", key_context="x"))
