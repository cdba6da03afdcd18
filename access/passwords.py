"""Passwords: Argon2id (RFC 9106, second recommended option) and what may be chosen."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from runtime.errors import BadInput
from runtime.settings import current

if TYPE_CHECKING:
    from pwdlib import PasswordHash

SHORTEST = 12
LONGEST = 256

COMMON = frozenset(
    {
        "password", "passwort", "123456", "12345678", "123456789", "1234567890", "qwerty",
        "qwertyuiop", "letmein", "welcome", "iloveyou", "administrator", "changeme", "frontdesk",
        "abc123", "monkey", "dragon", "football", "baseball", "sunshine", "princess", "superman",
        "trustno1", "passw0rd", "p@ssw0rd", "secret", "asdfgh", "zxcvbn", "1q2w3e4r", "qazwsx",
    }
)  # fmt: skip
"""Roots of what people choose most: a password made of one of them and digits is refused."""


@cache
def _hasher(memory: int) -> PasswordHash:
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    return PasswordHash((Argon2Hasher(time_cost=3, memory_cost=memory, parallelism=4),))


def hash_password(password: str) -> str:
    return _hasher(current().password_memory).hash(password)


def matches(password: str, password_hash: str) -> tuple[bool, str | None]:
    """Whether it fits, and a new hash when the stored one is of older strength."""
    return _hasher(current().password_memory).verify_and_update(password, password_hash)


def check_strength(password: str, *, context: Iterable[str] = ()) -> None:
    """Raises `BadInput` saying what to change. No composition rules (NIST SP 800-63B)."""
    if len(password) < SHORTEST:
        raise BadInput(f"password: use at least {SHORTEST} characters")
    if len(password) > LONGEST:
        raise BadInput(f"password: use at most {LONGEST} characters")
    bare = password.casefold().strip("0123456789!?.-_ ")
    words = {
        part
        for text in context
        for part in text.casefold().replace("@", " ").split()
        if len(part) > 3
    }
    if bare in COMMON or bare in words or len(set(password)) < 4:
        raise BadInput("password: this one is among the first that are tried, choose another")
