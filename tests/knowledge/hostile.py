"""Writes files that mean harm, are broken, or are no files at all; and what is said of each.

Run as a program it reads a folder of them with the product's own reader and prints what became of
each, and the memory that it took: a process of its own has no memory of other tests.
"""

from __future__ import annotations

import io
import json
import os
import resource
import socket
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

MEMORY, CPU, WALL = 1024 * 1024 * 1024, 20, 60.0

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default '
    'Extension="xml" ContentType="application/xml"/></Types>'
)
_WORDS = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_GOOD = f"<w:document {_WORDS}><w:body><w:p><w:r><w:t>Fine.</w:t></w:r></w:p></w:body></w:document>"


def archive(**parts: str | bytes) -> bytes:
    """A .docx of these parts; "__" in a name stands for "/"."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", _TYPES)
        for name, content in parts.items():
            packed.writestr(f"{name.replace('__', '/')}.xml", content)
    return made.getvalue()


def laughing() -> bytes:
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12)
    )
    body = f"<w:document {_WORDS}><w:body><w:p><w:r><w:t>&m;</w:t></w:r></w:p></w:body>"
    return archive(word__document=f"<!DOCTYPE d [{entities}]>{body}</w:document>")


def asking() -> bytes:
    entity = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    body = f"<w:document {_WORDS}><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body>"
    return archive(word__document=f"{entity}{body}</w:document>")


def locked_archive() -> bytes:
    """The flag "encrypted" set on every member, here and in the directory."""
    content = bytearray(archive(word__document=_GOOD))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + flags] |= 1
            at = content.find(mark, at + 4)
    return bytes(content)


def pdf(*objects: bytes, root: int = 1) -> bytes:
    """A PDF of these objects, numbered from 1, with a right table of references."""
    made = bytearray(b"%PDF-1.7\n")
    starts = []
    for number, content in enumerate(objects, 1):
        starts.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % start for start in starts)
    made += b"trailer\n<< /Size %d /Root %d 0 R >>\n" % (len(objects) + 1, root)
    return bytes(made + b"startxref\n%d\n%%%%EOF\n" % table)


def stream(content: bytes, facts: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), facts, content)


def written_words(words: str) -> bytes:
    """A good PDF, of one line."""
    from fpdf import FPDF

    made = FPDF()
    made.set_font("helvetica", size=12)
    made.add_page()
    made.multi_cell(0, 8, words)
    return bytes(made.output())


_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
_PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count %d >>"
_PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>"


def scanned() -> bytes:
    picture = b"q 200 0 0 200 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x7f EI Q"
    return pdf(_CATALOG, _PAGES % 1, _PAGE, stream(picture))


def many_pages() -> bytes:
    return pdf(_CATALOG, _PAGES % 2_000_000_000, _PAGE, stream(b"q Q"))


def inflating() -> bytes:
    """A gigabyte of spaces, packed twice: a few kilobytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    part = packer.compress(b" " * 2**24) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = zlib.compress(b"\x78\xda" + part * 64 + b"\x03\x00", 9)
    filters = b"/Filter [/FlateDecode /FlateDecode]"
    return pdf(_CATALOG, _PAGES % 1, _PAGE, stream(packed, filters))


def deep_tree(depth: int = 50_000) -> bytes:
    nodes = [
        b"<< /Type /Pages /Kids [%d 0 R] /Count 1 /Parent %d 0 R >>" % (number + 1, number - 1)
        for number in range(2, depth)
    ]
    last = b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 9 9] >>" % (depth - 1)
    return pdf(_CATALOG, *nodes, last)


def circular_tree() -> bytes:
    return pdf(_CATALOG, b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 100 /Parent 2 0 R >>")


def locked_pdf() -> bytes:
    from fpdf import FPDF

    made = FPDF()
    made.set_font("helvetica", size=12)
    made.add_page()
    made.multi_cell(0, 8, "Secret words that nobody reads.")
    made.set_encryption(owner_password="owner", user_password="made-up")
    return bytes(made.output())


def cut_pdf() -> bytes:
    whole = pdf(_CATALOG, _PAGES % 1, _PAGE, stream(b"BT (Words) Tj ET" * 50))
    return whole[:90]


def nested_json() -> bytes:
    said = '{"@graph":' * 100_000
    return f'<html><script type="application/ld+json">{said}</script><p>Open daily.'.encode()


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "asking.docx": (asking, "carries definitions that no Word document has"),
    "bomb.docx": (lambda: archive(word__document=b"0" * 120_000_000), "unpacks to too much data"),
    "bomb_of_styles.docx": (
        lambda: archive(word__document=_GOOD, word__styles=b"<a>" + b" " * 120_000_000),
        "unpacks to too much data",
    ),
    "broken.docx": (lambda: b"PK\x03\x04 nothing", "not a readable Word document"),
    "circular.pdf": (circular_tree, "not a readable PDF"),
    "controls.txt": (lambda: b"\x01\x02\x03\x1b\x7f \n" * 99, "holds no text"),
    "cut.docx": (lambda: archive(word__document=_GOOD)[:-40], "not a readable Word document"),
    "cut.pdf": (cut_pdf, "not a readable PDF"),
    "deep.docx": (
        lambda: archive(word__document=f"<w:document {_WORDS}><w:body>" + "<w:sdt>" * 100_000),
        "not a readable Word document",
    ),
    "deep.html": (lambda: b"<html><body>" + b"<div>" * 1_000_000 + b"x", "nested too deeply"),
    "deep.pdf": (deep_tree, "not a readable PDF"),
    "elements.html": (lambda: b"<p>a" * 600_000, "too many elements"),
    "empty.md": (lambda: b"", "is empty"),
    "field.csv": (lambda: b'question,answer\nWhy?,"' + b"x" * 5_000_000, "quotation mark"),
    "huge.txt": (lambda: b"", "larger than 50 MB"),
    "inflating.pdf": (inflating, "broke the process that read it"),
    "laughing.docx": (laughing, "carries definitions that no Word document has"),
    "line.html": (lambda: b"<p>" + b"word " * 4_000_000, "all one piece"),
    "long.txt": (lambda: b"y" * 10_000_001, "more than 10,000,000 characters of text: split it"),
    "locked.docx": (locked_archive, "encrypted with a password"),
    "locked.pdf": (locked_pdf, "encrypted with a password"),
    "nobody.md": (lambda: b"---\naudience: nobody\n---\nSecret.", "unknown audience: write public"),
    "old.docx": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old .doc file"),
    "other.docx": (lambda: archive(word__styles=_GOOD), "not a readable Word document"),
    "pages.pdf": (many_pages, "holds no text"),
    "picture.md": (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "is a picture, whatever its name"),
    "program.exe": (lambda: b"MZ" + b"\0" * 99, "kind that cannot be read"),
    "program.pdf": (lambda: b"MZ" + b"\0" * 99, "is a program, whatever its name says"),
    "russian.txt": (lambda: ("Доставка три дня. " * 9).encode("cp1251"), "save it as UTF-8"),
    "scanned.pdf": (scanned, "run text recognition first"),
    "someday.md": (lambda: b"---\nvalid_until: 31.12.2026\n---\nA", "write it as 2026-12-31"),
    "white.md": (lambda: b" \n\t\n" * 1000, "holds no text"),
    "zeros.csv": (lambda: b"question,answer\nWhy?,\0\0\0\n", "not a text file"),
}
"""File name, its bytes, and what a person is told."""

READ: dict[str, tuple[Callable[[], bytes], str]] = {
    os.fsdecode(b"bytes\xff.md"): (lambda: b"A name that is no text.", "A name that is no text."),
    "dots.txt": (lambda: b"." * 2_000_000 + b"x", "."),
    "good.md": (lambda: b"# Good\n\nStill read.", "Still read."),
    "hashes.md": (lambda: b"# a" + b" " * 200_000 + b"#" * 200_000 + b"b", "# a"),
    "heading.md": (lambda: b"# " + b"title " * 100_000 + b"\n\n" + b"Words. " * 50_000, "# title"),
    "json.html": (nested_json, "Open daily."),
    "marks.txt": (lambda: ("a" + "\u0301\u0316" * 2_000_000).encode(), "\u00e1"),
    "mixed.txt": (lambda: "Grüße\n".encode() + "Käse\n".encode("cp1252") * 3, "Grüße\nKäse"),
    "quotes.csv": (lambda: b"a,b\n" + b"'" * 200_000 + b",x\n", "'''"),
    "right\u202eto.md": (lambda: b"Name with a mark that turns it.", "Name with"),
    "two\nlines.md": (lambda: b"Name on two lines.", "Name on"),
    "wide.txt": (lambda: "Öffnungszeiten: 9 bis 17 Uhr.\n".encode("utf-16-le"), "Öffnungszeiten"),
    "wide_big.txt": (lambda: "配送は3日です。 OK\n".encode("utf-16-be"), "配送は3日です"),
    "word.txt": (lambda: b"x" * 9_999_000, "xxx"),
}
"""Strange, but read: a part of what comes out."""

OTHERS = {
    "away.md": "gone, or a link that leads nowhere",
    "circle.md": "gone, or a link that leads nowhere",
    "link.md": "link that leads out of the folder",
    "linked": "link that leads out of the folder",
    "pipe.md": "no file but a folder, pipe or device",
    "socket.md": "no file but a folder, pipe or device",
    "zero.md": "link that leads out of the folder",
}
"""Entries of the folder that are no files."""


def write_all(folder: Path, outside: Path) -> None:
    """All of the above; `outside` is a folder beside it."""
    for name, (content, _) in (REFUSED | READ).items():
        (folder / name).write_bytes(content())
    with (folder / "huge.txt").open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    (outside / "secret.md").write_text("Not in the folder.", encoding="utf-8")
    (folder / "link.md").symlink_to(outside / "secret.md")
    (folder / "linked").symlink_to(outside)
    (folder / "zero.md").symlink_to("/dev/zero")
    (folder / "away.md").symlink_to(folder / "nowhere.md")
    (folder / "circle.md").symlink_to(folder / "circle.md")
    os.mkfifo(folder / "pipe.md")
    with socket.socket(socket.AF_UNIX) as made:
        before = Path.cwd()
        os.chdir(folder)  # the path of a socket has to be short
        try:
            made.bind("socket.md")
        finally:
            os.chdir(before)


def peak(pid: int | str = "self") -> int:
    """The most memory a process had at once, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0


def read_all(folder: Path) -> Iterator[dict[str, object]]:
    from knowledge.loaders import Refused
    from knowledge.loaders import folder as folders
    from knowledge.loaders.worker import Limits, Worker

    with Worker(Limits(MEMORY, CPU, WALL)) as worker:
        for found in folders.files(folder):
            told: dict[str, object] = {"name": found.path.name, "shown": found.name}
            try:
                if found.reason:
                    raise Refused(found.reason)
                loaded = worker.load(found.path)
                told |= {"chars": len(loaded.text), "text": loaded.text[:200]}
            except Refused as refused:
                told["reason"] = str(refused)
            told["parent"] = peak()
            yield told


if __name__ == "__main__":
    before = peak()
    rows = list(read_all(Path(sys.argv[1])))
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    told = {"files": rows, "children": children, "before": before, "after": peak()}
    sys.stdout.write(json.dumps(told))
