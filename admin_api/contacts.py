"""Routes of the customer record."""

from __future__ import annotations

from fastapi import APIRouter

from access import Permission
from admin_api.deps import CurrentPrincipal, CurrentSession, RowId, RowNumber, needs
from admin_api.schemas import ContactLineOut, ContactsOut, FactOut, ProfileOut
from records import contacts

router = APIRouter(prefix="/api/v1/contacts", tags=["contacts"])


@router.get("", dependencies=[needs(Permission.CONTACT_LIST)])
def list_contacts(
    principal: CurrentPrincipal, session: CurrentSession, before: RowNumber | None = None
) -> ContactsOut:
    """The newest contacts of the caller's units."""
    found = contacts.list_contacts(session, principal, before=before)
    return ContactsOut(items=[ContactLineOut.model_validate(line) for line in found])


@router.get("/{contact_id}", dependencies=[needs(Permission.CONTACT_READ)])
def read_contact(
    contact_id: RowId, principal: CurrentPrincipal, session: CurrentSession
) -> ProfileOut:
    """Read a contact. Every reading is written to the ledger."""
    profile = contacts.read_profile(session, principal, contact_id, purpose="desk")
    return ProfileOut(
        contact_id=profile.contact_id,
        attributes=[FactOut.model_validate(fact) for fact in profile.facts],
        withheld=profile.withheld,
    )
