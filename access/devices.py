"""Where somebody signs in from: coarse, for people to recognise and for limits to spare."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address

from runtime.database import now
from runtime.secrets import keys

REMEMBERED = timedelta(days=90)

_BROWSERS = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def named(agent: str) -> str:
    """A device as people call it, from the browser's User-Agent: "Firefox on Linux"."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), "Another program")
    system = next((name for sign, name in _SYSTEMS if sign in agent), None)
    return f"{browser} on {system}" if system else browser


def coarse(address: str) -> str:
    """The half of an address that says the provider and not the house: 203.0.x.x."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if isinstance(found, IPv4Address):
        first, second, *_ = str(found).split(".")
        return f"{first}.{second}.x.x"
    return f"{IPv6Address(int(found) >> 96 << 96)}/32"


def remember(user_id: int) -> str:
    """A token for a cookie: this device has signed in to this account before.

    It opens nothing; strangers' wrong tries do not count where it is shown.
    """
    ends = int((now() + REMEMBERED).timestamp())
    body = f"{user_id}.{ends}.{secrets.token_urlsafe(12)}"
    return f"{body}.{_mac(body)}"


def is_known(token: str | None, user_id: int) -> bool:
    """Whether this device signed in to this account in the last 90 days."""
    body, _, mac = (token or "").rpartition(".")
    if not hmac.compare_digest(_mac(body), mac.encode("ascii", "replace").decode()):
        return False
    number, ends, _ = body.split(".")
    return number == str(user_id) and int(ends) > now().timestamp()


def _mac(body: str) -> str:
    return keys().mac("device", body)
