"""Keys: one file outside the data directory, from which every other key is derived or unwrapped.

Personal data is sealed with AES-256-GCM under a data key of its contact; the data key is wrapped
by the key-encryption key of this file. Destroying the wrapped key makes the data unreadable,
backups included.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets as entropy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from runtime.errors import Misconfigured

NONCE = 12
KEY = 32


def seal(key: bytes, text: str | bytes, *, context: str) -> bytes:
    """Encrypt; `context` ties the result to its place (contact, table, column)."""
    plain = text.encode() if isinstance(text, str) else text
    nonce = entropy.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, context.encode())


def open_sealed(key: bytes, sealed: bytes, *, context: str) -> str:
    """Decrypt text. Raises `Misconfigured` when key or place do not fit."""
    return open_sealed_bytes(key, sealed, context=context).decode()


def open_sealed_bytes(key: bytes, sealed: bytes, *, context: str) -> bytes:
    """Decrypt bytes. Raises `Misconfigured` when key or place do not fit."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], context.encode())
    except InvalidTag:
        raise Misconfigured(
            "stored data does not fit the key file: set FRONTDESK_KEY_FILE to the one it was "
            "written with"
        ) from None


@dataclass(frozen=True)
class KeyRing:
    """The keys of this installation."""

    kek: bytes
    signing: Ed25519PrivateKey

    def derived(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose (HKDF-SHA-256)."""
        return _derive(self.kek, purpose)

    def mac(self, purpose: str, value: str) -> str:
        """A keyed hash for look-ups of values that must not be stored in clear."""
        return hmac.new(self.derived(purpose), value.encode(), hashlib.sha256).hexdigest()

    def new_data_key(self, context: str) -> bytes:
        """A fresh data key, wrapped."""
        return seal(self.derived("data keys"), entropy.token_bytes(KEY), context=context)

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        return open_sealed_bytes(self.derived("data keys"), wrapped, context=context)

    def seal(self, text: str, *, context: str) -> bytes:
        """Encrypt something that belongs to the installation, not to a contact."""
        return seal(self.derived("installation"), text, context=context)

    def open(self, sealed: bytes, *, context: str) -> str:
        return open_sealed(self.derived("installation"), sealed, context=context)


@lru_cache(maxsize=256)
def _derive(kek: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY, salt=None, info=purpose.encode()).derive(kek)


def load_keys(path: Path) -> KeyRing:
    """Read the key file, making it on first use (mode 0600).

    Raises `Misconfigured` when the file is damaged.
    """
    try:
        return read_keys(path)
    except FileNotFoundError:
        _create(path)
        return read_keys(path)


def read_keys(path: Path) -> KeyRing:
    """Read a key file that has to be there. Raises `Misconfigured` when it is damaged."""
    raw = path.read_bytes()
    try:
        content = json.loads(raw)
        kek = base64.b64decode(content["kek"], validate=True)
        signing = base64.b64decode(content["signing"], validate=True)
    except (ValueError, KeyError, TypeError):
        raise Misconfigured(f"the key file {path} is damaged: restore it from its backup") from None
    if len(kek) != KEY or len(signing) != KEY:
        raise Misconfigured(f"the key file {path} needs keys of {KEY} bytes")
    return KeyRing(kek, Ed25519PrivateKey.from_private_bytes(signing))


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        name: base64.b64encode(entropy.token_bytes(KEY)).decode() for name in ("kek", "signing")
    }
    # Written whole under another name first: a second process must never read half a key file.
    draft = path.with_name(f"{path.name}.{os.getpid()}.{entropy.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


_ring: KeyRing | None = None


def use_keys(ring: KeyRing) -> None:
    """Make these the process's keys."""
    global _ring
    _ring = ring


def keys() -> KeyRing:
    """The process's keys. Raises `Misconfigured` before `use_keys`."""
    if _ring is None:
        raise Misconfigured("no keys are loaded: call runtime.start.start() first")
    return _ring
