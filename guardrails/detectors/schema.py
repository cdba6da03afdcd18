"""Fields of JSON whose names say that the value is personal, as in what a tool answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from guardrails.spans import Span
from guardrails.text import word_set

_FIELDS = {
    "PERSON": "firstname lastname middlename givenname familyname surname forename fullname "
    "displayname customername contactname recipientname passengername guestname holdername "
    "accountholder cardholder cardholdername maidenname nameoncard recipient addressee",
    "EMAIL": "email emailaddress mail mailaddress",
    "PHONE": "phone phonenumber telephone mobile mobilephone mobilenumber cell fax msisdn whatsapp",
    "ADDRESS": "address address1 address2 address3 addressline1 addressline2 street street1 "
    "street2 streetaddress streetname housenumber shippingaddress billingaddress deliveryaddress "
    "homeaddress mailingaddress postaladdress pobox",
    "ZIP": "zip zipcode postcode postalcode plz",
    "DOB": "dob dateofbirth birthdate birthday birthdate",
    "USER_ID": "userid username login userlogin accountname nickname handle screenname",
    "IBAN": "iban bankaccount accountnumber",
    "CARD": "cardnumber creditcard creditcardnumber lastfour last4 cvv cvc pan",
    "NATIONAL_ID": "ssn passport passportnumber nationalid taxid idnumber driverslicense "
    "driverlicense socialsecuritynumber",
    "IP": "ip ipaddress",
}  # fmt: skip
_KIND = {field: kind for kind, fields in _FIELDS.items() for field in fields.split()}
_PEOPLE = word_set(
    "customer user contact person passenger passengers recipient guest client buyer owner "
    "account_holder profile caller patient member subscriber employee sender"
)
"""Whose "name" is a person's; the name of a product is none."""
_FIELD = re.compile(
    r'"(?P<key>[A-Za-z][\w .-]{1,30})"\s*:\s*'
    r'(?:"(?P<text>(?:[^"\\]|\\.){1,300})"|(?P<number>\d{3,20})(?![\d.]))'
)
_OWNER = re.compile(r'"(?P<owner>[A-Za-z_]{3,20})"\s*:\s*\[?\s*\{\s*\Z')
_WITH_DIGITS = frozenset({"PHONE", "ZIP", "DOB", "CARD", "IBAN", "IP", "NATIONAL_ID"})
_NOTHING = word_set("none null nil no yes true false unknown n/a na undefined empty - .")


def kind_of(field: str, owner: str = "") -> str | None:
    """What the field of an object holds, None when its name does not tell.

    `owner` is the name of the field that holds the object.
    """
    flat = re.sub(r"[\W_]", "", field).lower()
    if flat == "name" and owner.lower() in _PEOPLE:
        return "PERSON"
    return _KIND.get(flat)


def is_value(kind: str, value: object) -> bool:
    """Whether a field of this kind holds something that must be hidden, not "none" or a flag."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    written = str(value)
    letters = sum(char.isalnum() for char in written)
    if kind in _WITH_DIGITS:
        return letters >= 3 and any(char.isdigit() for char in written)
    if kind == "EMAIL":
        return "@" in written
    least = {"PERSON": 2, "ADDRESS": 3}.get(kind, 4)
    return letters >= least and written.strip().lower() not in _NOTHING


def values(fields: Mapping[str, object], owner: str = "") -> Iterator[tuple[str, str]]:
    """Kind and value of every personal field of one object, a whole name before its parts."""
    found = [
        (re.sub(r"[\W_]", "", str(name)).lower(), kind, str(value))
        for name, value in fields.items()
        if (kind := kind_of(str(name), owner)) and is_value(kind, value)
    ]
    given = [value for flat, _, value in found if flat in ("firstname", "givenname", "forename")]
    family = [value for flat, _, value in found if flat in ("lastname", "familyname", "surname")]
    if given and family:
        yield "PERSON", f"{given[0]} {family[0]}"
    for _, kind, value in found:
        yield kind, value


class PersonalFields:
    """Values of fields like `"last_name"` or `"zip"` in a text that holds JSON."""

    languages: frozenset[str] = frozenset()

    def find(self, text: str, language: str) -> Iterable[Span]:
        if '":' not in text and '" :' not in text:
            return
        for found in _FIELD.finditer(text):
            owner = ""
            if found["key"].lower() == "name":
                before = _OWNER.search(text, max(0, found.start() - 60), found.start())
                owner = before["owner"] if before else ""
            kind = kind_of(found["key"], owner)
            group = "text" if found["text"] is not None else "number"
            if kind and is_value(kind, found[group]):
                yield Span(*found.span(group), kind)
