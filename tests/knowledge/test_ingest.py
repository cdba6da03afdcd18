from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import docx
import pytest
from fpdf import FPDF
from sqlalchemy import func, select

from access import Denied, Principal
from knowledge import embedding, ingest, retrieval, sources
from knowledge.loaders import MAX_BYTES, Refused
from knowledge.loaders.worker import Worker
from knowledge.models import Chunk, ChunkVector, Document, Version
from ledger.models import Entry
from runtime.database import open_session
from runtime.errors import BadInput, NotFound
from runtime.scope import Scope
from tests.conftest import serve

Write = Callable[[Mapping[str, str]], Path]
Take = Callable[..., list[ingest.FileReport]]

ONE = Scope.of(1)
PAGE = """<html lang="de"><head><title>Rückgabe</title></head><body>
<nav><a href="/">Start</a><a href="/agb">AGB</a></nav>
<main><h1>Rückgabe</h1><p>Artikel können innerhalb von dreißig Tagen nach der Lieferung
zurückgeschickt werden. Die Rücksendung ist in der Europäischen Union kostenlos.</p>
<h2>Ausnahmen</h2><p>Getragene Schuhe und geöffnete Kosmetik nehmen wir leider nicht zurück, auch
nicht mit Kassenbon.</p></main><footer>Impressum und Cookies</footer></body></html>"""


def load(path: Path) -> tuple[str, str]:
    with Worker() as worker:
        loaded = worker.load(path)
    return loaded.title, loaded.text


def pdf(path: Path, *pages: str, password: str | None = None) -> Path:
    made = FPDF()
    made.set_font("helvetica", size=12)
    for page in pages:
        made.add_page()
        if page:
            made.multi_cell(0, 8, page)
    if password:
        made.set_encryption(owner_password="owner", user_password=password)
    made.output(str(path))
    return path


def test_markdown_front_matter_names_title_language_and_address(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("---\ntitle: Envíos\nlanguage: es\nurl: https://shop.example.org/e\n---\nHola.")
    with Worker() as worker:
        loaded = worker.load(file)
    assert (loaded.title, loaded.text, loaded.language, loaded.url) == (
        "Envíos", "Hola.", "es", "https://shop.example.org/e",
    )  # fmt: skip


def test_html_loses_its_furniture_and_keeps_its_headings(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text(PAGE, encoding="utf-8")
    title, text = load(file)
    assert title == "Rückgabe"
    assert "## Ausnahmen" in text
    assert "dreißig Tagen" in text
    assert "Impressum" not in text
    assert "AGB" not in text


def test_a_short_html_page_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "a.htm"
    file.write_text("<html><body><h2>Hours</h2><p>Ten to six.</p></body></html>")
    assert "Ten to six." in load(file)[1]


def test_a_pdf_names_its_pages(tmp_path: Path) -> None:
    title, text = load(pdf(tmp_path / "guide.pdf", "Returns are free.", "Lamps last two years."))
    assert title == "guide"
    assert text.startswith("## p. 1\n\nReturns are free.")
    assert "## p. 2\n\nLamps last two years." in text


def test_a_word_document_keeps_headings_lists_and_tables(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Shipping", 1)
    document.add_paragraph("We ship to:")
    document.add_paragraph("Austria", style="List Bullet")
    document.add_paragraph("Brazil", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for at, word in enumerate(("Country", "Days", "Japan", "5")):
        table.cell(at // 2, at % 2).text = word
    document.save(str(tmp_path / "a.docx"))
    title, text = load(tmp_path / "a.docx")
    assert title == "Shipping"
    assert "# Shipping" in text
    assert "- Austria\n- Brazil" in text
    assert "| Country | Days |\n| --- | --- |\n| Japan | 5 |" in text


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_questions_and_answers_become_sections(tmp_path: Path, separator: str) -> None:
    file = tmp_path / "faq.csv"
    rows = [
        ("question", "answer"),
        ("Is it free?", "Yes."),
        ("How long?", '"5 days; or 6, rarely"'),
    ]
    file.write_text("\n".join(separator.join(row) for row in rows))
    title, text = load(file)
    assert title == "faq"
    assert text == "## Is it free?\n\nYes.\n\n## How long?\n\n5 days; or 6, rarely"


def test_text_is_read_in_every_usual_encoding(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-16", "cp1252", "utf-8-sig"):
        file = tmp_path / f"{encoding}.txt"
        file.write_bytes("Rückgabe\r\n# nicht fett".encode(encoding))
        assert load(file) == ("Rückgabe", "Rückgabe\n\\# nicht fett")


def bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * (250 * 1024 * 1024))
    return path


def test_hostile_and_broken_files_are_refused_with_a_reason(tmp_path: Path) -> None:
    big = tmp_path / "big.txt"
    with big.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    (tmp_path / "broken.docx").write_bytes(b"PK\x03\x04 nothing")
    (tmp_path / "old.docx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64)
    (tmp_path / "binary.txt").write_bytes(b"\0\1\2\3" * 50)
    (tmp_path / "empty.md").write_bytes(b"")
    (tmp_path / "blank.md").write_text(" \n\n")
    (tmp_path / "image.png").write_bytes(b"\x89PNG")
    deep = "<div>" * 100_000
    (tmp_path / "deep.html").write_text(f"<html><body>{deep}x")
    expected = {
        "big.txt": "larger than 50 MB",
        "broken.pdf": "not a readable PDF",
        "broken.docx": "not a readable Word document",
        "old.docx": "encrypted",
        "binary.txt": "not a text file",
        "empty.md": "empty",
        "blank.md": "no text",
        "image.png": "kind that cannot be read",
        "scan.pdf": "no text",
        "locked.pdf": "encrypted",
        "bomb.docx": "too much data",
        "missing.md": "cannot be opened",
    }
    pdf(tmp_path / "scan.pdf", "", "")
    pdf(tmp_path / "locked.pdf", "Secret words here.", password="made-up")
    bomb(tmp_path / "bomb.docx")
    with Worker() as worker:
        for name, reason in expected.items():
            with pytest.raises(Refused, match=reason):
                worker.load(tmp_path / name)
        with suppress(Refused):  # read or refused, but in time and alive
            worker.load(tmp_path / "deep.html")
        (tmp_path / "good.txt").write_text("Fine.")
        assert worker.load(tmp_path / "good.txt").text == "Fine."


def test_a_reader_that_dies_is_started_again(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("Fine.")
    with Worker() as worker:
        worker.load(tmp_path / "good.txt")
        process = worker._process
        assert process is not None
        process.kill()
        process.wait()
        assert worker.load(tmp_path / "good.txt").text == "Fine."


def test_one_bad_file_stops_no_other(take_in: Take, write: Write) -> None:
    folder = write({"a.md": "# A\n\nGood.", "b.pdf": "not a pdf", "c/d.txt": "Also good."})
    seen: list[str] = []
    reports = take_in(folder, on_file=lambda report: seen.append(report.state))
    assert [(Path(each.path).name, each.state) for each in reports] == [
        ("a.md", "added"), ("b.pdf", "failed"), ("d.txt", "added"),
    ]  # fmt: skip
    assert seen == ["added", "failed", "added"]
    assert reports[1].reason is not None
    assert "is not a readable PDF" in reports[1].reason


def test_only_what_changed_is_embedded_again(take_in: Take, shop: Path) -> None:
    assert {each.state for each in take_in(shop)} == {"added"}
    assert {each.state for each in take_in(shop)} == {"unchanged"}
    before = _keys()
    file = shop / "returns.md"
    file.write_text(file.read_text().replace("five working days", "six working days"))
    states = {Path(each.path).name: each.state for each in take_in(shop)}
    assert states.pop("returns.md") == "updated"
    assert set(states.values()) == {"unchanged"}
    after = _keys()
    assert len(after) == len(before) + 1
    assert before < after  # the earlier version stays, for the way back
    with open_session(ONE, read_only=True) as session:
        version = session.scalar(select(Document.head).where(Document.name == "returns.md"))
        made = ChunkVector.engine == embedding.engine().name
        vectors = session.scalar(select(func.count()).select_from(ChunkVector).where(made))
    assert version == 2
    assert vectors == len(after)


def _keys() -> set[str]:
    with open_session(ONE, read_only=True) as session:
        return set(session.scalars(select(Chunk.key)))


def _chunks() -> set[int]:
    with open_session(ONE, read_only=True) as session:
        return set(session.scalars(select(Chunk.id)))


def test_a_citation_points_at_the_exact_place(take_in: Take, shop: Path) -> None:
    take_in(shop)
    for passage in retrieval.search([1], "When do I get my refund?").passages:
        with open_session(ONE, read_only=True) as session:
            text = session.scalar(
                select(Version.text).where(Version.document_id == passage.document_id)
            )
        assert text is not None
        assert text[passage.start : passage.end] == passage.text


def test_a_file_that_is_gone_is_answered_from_no_longer(take_in: Take, shop: Path) -> None:
    take_in(shop)
    assert retrieval.search([1], "is there a warranty on lamps?").answerable > 0.5
    (shop / "warranty.md").unlink()
    take_in(shop)
    found = retrieval.search([1], "is there a warranty on lamps?")
    assert all(passage.title != "Warranty" for passage in found.passages)
    assert found.answerable < 0.5


def test_a_file_that_breaks_keeps_its_last_good_version(take_in: Take, shop: Path) -> None:
    take_in(shop)
    (shop / "warranty.md").write_bytes(b"\0\0\0")
    assert [each.state for each in take_in(shop)].count("failed") == 1
    assert retrieval.search([1], "is there a warranty on lamps?").answerable > 0.5


def test_a_deleted_source_is_unanswerable_at_once(
    take_in: Take, shop: Path, editor: Principal
) -> None:
    take_in(shop)
    with open_session(ONE, read_only=True) as session:
        (source,) = sources.list_sources(session, editor)
    assert (source.name, source.documents, source.language) == ("files", 8, "en")
    assert source.chunks == len(_chunks())
    sources.delete_source(1, source.id, editor)
    assert retrieval.search([1], "is there a warranty on lamps?").state == "empty"
    assert _chunks() == set()
    with pytest.raises(NotFound):
        sources.delete_source(1, source.id, editor)


def test_what_is_not_released_is_not_served(take_in: Take, shop: Path) -> None:
    take_in(shop, release=False)
    assert retrieval.search([1], "is there a warranty on lamps?").state == "empty"
    serve()
    assert retrieval.search([1], "is there a warranty on lamps?").passages[0].version == 1


def test_a_text_is_taken_in_under_its_name(db: object, editor: Principal) -> None:
    def put(text: str) -> ingest.FileReport:
        return ingest.ingest_text(
            1, source="articles", name="gifts", title="Gift wrap", text=text, language="en",
            principal=editor, url="https://shop.example.org/gifts",
        )  # fmt: skip

    assert put("Wrapping costs 3 euro.").state == "added"
    assert put("Wrapping costs 3 euro.").state == "unchanged"
    assert put("Wrapping costs 4 euro.").state == "updated"
    assert put(" ").state == "failed"
    serve()
    (passage, *_) = retrieval.search([1], "what does gift wrapping cost?").passages
    assert (passage.title, passage.text, passage.version) == (
        "Gift wrap", "Wrapping costs 4 euro.", 1,
    )  # fmt: skip
    assert passage.url == "https://shop.example.org/gifts"


def test_every_change_is_in_the_ledger(take_in: Take, shop: Path) -> None:
    take_in(shop)
    (shop / "gifts.md").unlink()
    take_in(shop)
    with open_session(ONE, read_only=True) as session:
        entries = session.execute(select(Entry.action, Entry.actor)).all()
    assert [tuple(entry) for entry in entries].count(("knowledge:ingest", "user/1")) == 8
    assert [tuple(entry) for entry in entries].count(("knowledge:remove", "user/1")) == 1


def test_reading_does_not_allow_writing_and_other_units_do_not_exist(
    db: object, shop: Path, reader: Principal, editor: Principal
) -> None:
    with pytest.raises(Denied):
        ingest.ingest_path(1, shop, principal=reader)
    with pytest.raises(NotFound):
        ingest.ingest_path(3, shop, principal=editor)
    with pytest.raises(BadInput):
        ingest.ingest_path(1, shop / "nowhere", principal=editor)
