"""Files that can be kept anywhere: encrypted piece by piece, listed in a signed manifest.

A part is a header (magic, salt) and pieces of one MiB, each sealed with AES-256-GCM under a key of
its own file. A piece's nonce is its number and whether it is the last one, so that pieces cannot be
left out, swapped or cut off; the part's name is bound to each.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from runtime.errors import BadInput

MAGIC = b"FDBK1\n"
PIECE = 1 << 20
_SALT, _TAG, _KEY = 16, 16, 32
MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
_SHORTEST = 12
"""Characters of a passphrase."""


@dataclass(frozen=True, slots=True)
class Part:
    """A sealed file: its name, its length in bytes and SHA-256 (hexadecimal) as it lies there."""

    name: str
    size: int
    sha256: str


def from_passphrase(passphrase: str, salt: bytes) -> bytes:
    """A 32-byte key (scrypt, 128 MiB, some 0.4 s). Raises `BadInput` for a short passphrase."""
    if len(passphrase) < _SHORTEST:
        raise BadInput(f"the passphrase needs at least {_SHORTEST} characters")
    return Scrypt(salt, _KEY, n=2**17, r=8, p=1).derive(passphrase.encode())


def new_salt() -> bytes:
    return secrets.token_bytes(_SALT)


def check_value(key: bytes) -> str:
    """By which a wrong key is told before anything is opened with it."""
    return hmac.new(key, b"frontdesk backup", hashlib.sha256).hexdigest()


class _Counted:
    """A file that is hashed while it is written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.digest.update(data)
        self.size += len(data)


def seal(key: bytes, source: BinaryIO, path: Path) -> Part:
    """Encrypt all of `source` into a new file; at most two MiB are in memory."""
    salt = new_salt()
    cipher = _cipher(key, salt, path.name)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        out = _Counted(file)
        out.write(MAGIC + salt)
        for number, piece, last in _pieces(source, PIECE):
            out.write(cipher.encrypt(_nonce(number, last), piece, path.name.encode()))
        file.flush()
        os.fsync(file.fileno())
    return Part(path.name, out.size, out.digest.hexdigest())


def unseal(key: bytes, path: Path, write: Callable[[bytes], Any]) -> None:
    """Decrypt a part, giving its pieces to `write`. Raises `BadInput` when it was touched."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise BadInput(f"{path.name} is no part of a backup")
        cipher = _cipher(key, file.read(_SALT), path.name)
        try:
            for number, piece, last in _pieces(file, PIECE + _TAG):
                write(cipher.decrypt(_nonce(number, last), piece, path.name.encode()))
        except InvalidTag:
            raise BadInput(f"{path.name} was changed or cut, or the key is another one") from None


def _cipher(key: bytes, salt: bytes, name: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), _KEY, salt=salt, info=b"backup|" + name.encode()).derive(key))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _pieces(source: BinaryIO, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Number, bytes, and whether it is the last one: which is shown by what does not follow."""
    number, piece = 0, _exactly(source, size)
    while True:
        following = _exactly(source, size) if len(piece) == size else b""
        last = not following
        yield number, piece, last
        if last:
            return
        number, piece = number + 1, following


def _exactly(source: BinaryIO, size: int) -> bytes:
    """`size` bytes, fewer only at the end: a pipe gives what it has."""
    found = bytearray()
    while len(found) < size:
        more = source.read(size - len(found))
        if not more:
            break
        found += more
    return bytes(found)


def write_manifest(directory: Path, content: dict[str, Any], key: Ed25519PrivateKey) -> None:
    """Write the list of what is there, signed; the last thing that a backup writes."""
    body = json.dumps(content, indent=1, sort_keys=True).encode()
    _write(directory / SIGNATURE, base64.b64encode(key.sign(body)))
    _write(directory / MANIFEST, body)


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def read_manifest(directory: Path, key: Ed25519PublicKey) -> dict[str, Any]:
    """The list of a backup, once its signature fits. Raises `BadInput`."""
    try:
        body = (directory / MANIFEST).read_bytes()
        signature = base64.b64decode((directory / SIGNATURE).read_bytes(), validate=True)
    except (OSError, ValueError):
        raise BadInput(f"{directory} holds no whole backup") from None
    try:
        key.verify(signature, body)
    except InvalidSignature:
        raise BadInput(
            "the manifest was changed, or made with other keys than those of the key file"
        ) from None
    content: dict[str, Any] = json.loads(body)
    return content


def check_parts(directory: Path, parts: list[Part]) -> None:
    """Compare every file with the manifest. Raises `BadInput` naming the first that differs."""
    for part in parts:
        path = directory / part.name
        if path.name != part.name or not path.is_file() or path.stat().st_size != part.size:
            raise BadInput(f"{part.name} is missing or cut")
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != part.sha256:
                raise BadInput(f"{part.name} was changed")
