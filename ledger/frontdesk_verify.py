#!/usr/bin/env python3
"""Check what Frontdesk hands out, without Frontdesk: python3 frontdesk_verify.py --key KEY FILE…

One file, Python 3.9 or later, its standard library and nothing else. It reads

* checkpoints, as the installation writes them to a file or to its log (C2SP tlog-checkpoint);
* JSON with a "kind": "entry" (one ledger entry), "consistency" (the ledger only grew), and signed
  documents: "transcript", "erasure" and others.

A signed document is {"kind", "body", "signature", "public_key", "proof"?}. The signature (Ed25519,
base64) is over b"frontdesk/document/v1\\n" + kind + b"\\n" + canonical body: JSON with sorted keys,
without spaces, UTF-8. `proof` is of the kind "entry"; the entry's `detail.document` is the SHA-256
of what is signed. KEY is the installation's public key in base64 (`frontdesk ledger key`): take it
from the company on another way than the file. Without --key a file is only shown to be whole.

Ends with 0 when everything fits, 1 when something does not, 2 when something is missing.
"""

# ruff: noqa: T201, UP031, B905, PTH123 - a program of its own, for older Pythons, too
from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import sys
from collections.abc import Iterator
from typing import Any

Point = tuple[int, int, int, int]
Given = dict[str, Any]

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


class Bad(Exception):
    """Something does not fit; the text says what."""


def _x_of(y: int, sign: int) -> int:
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        raise Bad("not a point of the curve")
    return P - x if x & 1 != sign else x


def _point(raw: bytes) -> Point:
    """A point in extended coordinates (RFC 8032, 5.1.3)."""
    number = int.from_bytes(raw, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    if len(raw) != 32 or y >= P:
        raise Bad("not a point of the curve")
    x = _x_of(y, sign)
    return x, y, 1, x * y % P


def _add(one: Point, two: Point) -> Point:
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c = 2 * one[3] * two[3] * D % P
    d = 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number: int, point: Point) -> Point:
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = _add(found, point)
        point = _add(point, point)
        number >>= 1
    return found


_BASE_Y = 4 * pow(5, P - 2, P) % P
_BASE_X = _x_of(_BASE_Y, 0)
BASE = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % P)


def signed_by(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature (64 bytes) over a message is of this public key (32 bytes)."""
    try:
        if len(signature) != 64:
            return False
        public, nonce = _point(key), _point(signature[:32])
        s = int.from_bytes(signature[32:], "little")
        if s >= L:
            return False
        digest = hashlib.sha512(signature[:32] + key + message).digest()
        wanted = _add(nonce, _times(int.from_bytes(digest, "little") % L, public))
        got = _times(s, BASE)
    except Bad:
        return False
    return (got[0] * wanted[2] - wanted[0] * got[2]) % P == 0 and (
        got[1] * wanted[2] - wanted[1] * got[2]
    ) % P == 0


def canonical(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _steps(text: str) -> list[bytes]:
    raw = base64.b64decode(text, validate=True)
    if len(raw) % 32:
        raise Bad("a path is cut")
    return [raw[at : at + 32] for at in range(0, len(raw), 32)]


def root_of(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """The root that an inclusion path leads to (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        raise Bad("the entry lies outside the ledger")
    place, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise Bad("the path is too long")
        if place & 1 or place == last:
            found = _node(step, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = _node(found, step)
        place, last = place >> 1, last >> 1
    if last:
        raise Bad("the path is too short")
    return found


def grown(old: int, new: int, old_root: bytes, new_root: bytes, path: list[bytes]) -> None:
    """Raise unless the tree of `new` leaves begins with that of `old` (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= new:
        raise Bad("the sizes do not fit")
    if old == new:
        if path or old_root != new_root:
            raise Bad("one size, but two roots")
        return
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not steps:
        raise Bad("the path is too short")
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    older = newer = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise Bad("the path is too long")
        if first & 1 or first == last:
            older, newer = _node(step, older), _node(step, newer)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            newer = _node(newer, step)
        first, last = first >> 1, last >> 1
    if last or older != old_root or newer != new_root:
        raise Bad("the ledger did not only grow: what was signed first is not part of the rest")


def note(text: str, key: bytes) -> tuple[int, bytes]:
    """Size and root of a signed checkpoint."""
    try:
        body, line = text.split("\n\n", 1)
        _, size, root = body.split("\n")
        signature = base64.b64decode(line.strip().split(" ")[2], validate=True)[4:]
        found = int(size), base64.b64decode(root, validate=True)
    except (ValueError, IndexError):
        raise Bad("a checkpoint is damaged") from None
    if not signed_by(key, signature, (body + "\n").encode()):
        raise Bad("the checkpoint of size %d is not signed by this key" % found[0])
    return found


def notes(text: str) -> list[str]:
    """The checkpoints in a file, or in a log whose lines are JSON."""
    if text.lstrip().startswith("{"):
        lines = (json.loads(line) for line in text.splitlines() if line.startswith("{"))
        return [line["checkpoint"] for line in lines if "checkpoint" in line]
    found, kept = [], []
    for line in text.split("\n"):
        kept.append(line)
        if line.startswith("\u2014 "):
            found.append("\n".join(kept).lstrip("\n") + "\n")
            kept = []
    return found


def entry(given: Given, key: bytes) -> Given:
    """Check one entry's way to its checkpoint; return the entry."""
    said: Given = given["entry"]
    proof = given["proof"]
    size, root = note(given["checkpoint"], key)
    leaf = hashlib.sha256(b"\x00" + canonical(said)).digest()
    if proof["size"] != size or said["position"] != proof["position"]:
        raise Bad("the proof is of another place than it says")
    if root_of(proof["position"] - 1, size, leaf, _steps(proof["path"])) != root:
        raise Bad("entry no. %d does not lead to the signed root" % proof["position"])
    return said


def consistency(given: Given, key: bytes) -> Iterator[str]:
    first, second = given["first"], given["second"]
    roots = [base64.b64decode(one["root"], validate=True) for one in (first, second)]
    grown(first["size"], second["size"], roots[0], roots[1], _steps(given["path"]))
    signed = dict(note(text, key) for text in given["checkpoints"])
    for one, root in zip((first, second), roots):
        if signed.get(one["size"], root) != root:
            raise Bad("the checkpoint of size %d has another root" % one["size"])
    missing = [one["size"] for one in (first, second) if one["size"] not in signed]
    yield "the first %d of %d entries are unchanged" % (first["size"], second["size"])
    for size in missing:
        yield "MISSING: no signed checkpoint of size %d is in the file" % size


def document(given: Given, key: bytes) -> Iterator[str]:
    signed = b"frontdesk/document/v1\n" + given["kind"].encode() + b"\n" + canonical(given["body"])
    if not signed_by(key, base64.b64decode(given["signature"], validate=True), signed):
        raise Bad("the document is not signed by this key, or was changed")
    yield "the %s is signed and unchanged" % given["kind"]
    if "proof" in given:
        said = entry(given["proof"], key)
        if said["detail"].get("document") != hashlib.sha256(signed).hexdigest():
            raise Bad("the ledger entry is about another document")
        yield "entry no. %d of the ledger names it" % said["position"]
    elif given["kind"] != "transcript":
        yield "MISSING: the document has no proof that the ledger names it"
    if given["kind"] == "transcript":
        yield from transcript(given["body"], key)


def transcript(body: Given, key: bytes) -> Iterator[str]:
    lines, said = body["lines"], body["thread"]["messages"]
    if [line["message"] for line in lines] != [message["id"] for message in said]:
        raise Bad("the lines are not those of the conversation that is shown")
    subject = "conversation/%d" % body["thread"]["line"]["id"]
    bare = 0
    for line, message in zip(lines, said):
        where = "line %d" % message["id"]
        if "proof" not in line:
            bare += 1
            continue
        found = entry({**line["proof"], "checkpoint": body["checkpoint"]}, key)
        if found["subject"] != subject:
            raise Bad(where + ": its entry is about another conversation")
        bare += not _bound(where, line, message, found)
    yield "%d of %d lines lead to the signed root and say what their entries say" % (
        len(lines) - bare, len(lines))  # fmt: skip
    if bare:
        yield "MISSING: %d lines are older than commitments, or were taken back" % bare


def _bound(where: str, line: Given, message: Given, found: Given) -> bool:
    """Whether the text of a line is tied to its entry. Raises when it does not fit."""
    detail = found["detail"]
    if message["event"] is not None:
        event = dict(message["event"])
        kind = event.pop("kind")
        fits = found["action"] == "conversation:" + kind or kind == "flagged"
        if detail.get("event") != message["id"] or not fits:
            raise Bad(where + ": its entry is about something else")
        named = {name: detail[name] for name in event if name in detail}
        if any(event[name] != value for name, value in named.items()):
            raise Bad(where + ": the event is not what its entry says")
        return True
    commits = {str(detail.get("message", detail.get("notice"))): detail.get("commit")}
    commits.update(detail.get("commits", {}))
    commit = commits.get(str(message["id"]))
    if line.get("content") is None or commit is None:
        return False
    said = line["content"]
    for name in ("author", "content_type", "sources", "text", "verdict"):
        if said[name] != message[name]:
            raise Bad("%s: %s is not what was committed to" % (where, name))
    secret = base64.b64decode(line["key"], validate=True)
    if hmac.new(secret, canonical(said), hashlib.sha256).hexdigest() != commit:
        raise Bad(where + ": it does not say what was said when its entry was written")
    return True


def check(text: str, key: bytes | None = None) -> list[str]:
    """What was found in a file, a sentence each. Raises `Bad`."""
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict) or "kind" not in given:
        if key is None:
            raise Bad("checkpoints can only be checked with --key")
        found = [note(each, key) for each in notes(text)]
        sizes = dict(found)
        if any(sizes[size] != root for size, root in found):
            raise Bad("two checkpoints of one size have different roots")
        return ["%d checkpoints are signed, up to size %d" % (len(found), max(sizes, default=0))]
    try:
        own = base64.b64decode(given["public_key"], validate=True)
        if key is not None and own != key:
            raise Bad("it is signed with another key than the one you trust")
        if given["kind"] == "entry":
            said = entry(given, own)
            return ["entry no. %d is in the ledger: %s by %s" % (
                said["position"], said["action"], said["actor"])]  # fmt: skip
        if given["kind"] == "consistency":
            return list(consistency(given, own))
        return list(document(given, own))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Bad("the file is damaged (%s)" % type(error).__name__) from None


def main(words: list[str] | None = None) -> int:
    """Check every file that is named; return how the process should end."""
    parser = argparse.ArgumentParser(description="Check what Frontdesk hands out, without it.")
    parser.add_argument("--key", help="the public key you trust, in base64")
    parser.add_argument("files", nargs="+")
    given = parser.parse_args(words)
    key = base64.b64decode(given.key) if given.key else None
    worst = 0
    for name in given.files:
        try:
            with open(name, encoding="utf-8") as file:
                found = check(file.read(), key)
        except (Bad, OSError, UnicodeDecodeError) as error:
            print("%s: DOES NOT FIT: %s" % (name, error))
            worst = 1
            continue
        if key is None:
            found.append("MISSING: say with --key whose signature you trust")
        for sentence in found:
            print("%s: %s" % (name, sentence))
        if worst == 0 and any(each.startswith("MISSING") for each in found):
            worst = 2
    return worst


if __name__ == "__main__":
    sys.exit(main())
