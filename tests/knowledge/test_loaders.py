"""What the readers keep of a document, format by format and script by script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from fpdf import FPDF

from knowledge.loaders import Loaded, Refused
from knowledge.loaders.worker import Worker
from tests.knowledge.hostile import pdf, stream

SCRIPTS = {
    "Latin": "Die Lieferung dauert höchstens fünf Tage.",
    "Chinese": "送货最多需要五天。",
    "Arabic": "التوصيل يستغرق خمسة أيام",
    "Thai": "การจัดส่งใช้เวลาไม่เกินห้าวัน",
    "Hindi": "डिलीवरी में अधिकतम पाँच दिन लगते हैं।",
}


@pytest.fixture(scope="module")
def reader() -> Iterator[Worker]:
    with Worker() as made:
        yield made


def written_pdf(text: str, *, size: int = 12) -> bytes:
    """One line of text in a font that is not there: a table says what its signs mean."""
    letters = sorted(set(text))
    codes = {letter: number for number, letter in enumerate(letters, 1)}
    meant = "".join(
        f"<{code:04x}> <{letter.encode('utf-16-be').hex()}>\n" for letter, code in codes.items()
    )
    table = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /M def\n"
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(codes)} beginbfchar\n{meant}endbfchar endcmap end end"
    )
    shown = "".join(f"{codes[letter]:04x}" for letter in text)
    return pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 200] /Contents 4 0 R "
        b"/Resources << /Font << /F 5 0 R >> >> >>",
        stream(f"BT /F {size} Tf 20 100 Td <{shown}> Tj ET".encode()),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /None /Encoding /Identity-H "
        b"/DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /None /DW 600 "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
        b"/FontDescriptor 8 0 R >>",
        stream(table.encode()),
        b"<< /Type /FontDescriptor /FontName /None /Flags 4 /ItalicAngle 0 /Ascent 900 "
        b"/Descent -200 /StemV 80 /CapHeight 700 /FontBBox [0 -200 1000 900] >>",
    )


def written_docx(path: Path, text: str) -> None:
    document = docx.Document()
    document.add_heading(text, 1)
    document.add_paragraph(text)
    document.save(str(path))


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("form", ["md", "txt", "html", "csv", "docx", "pdf"])
def test_every_format_keeps_every_script(
    reader: Worker, tmp_path: Path, form: str, script: str
) -> None:
    text = SCRIPTS[script]
    file = tmp_path / f"a.{form}"
    if form == "docx":
        written_docx(file, text)
    elif form == "pdf":
        # right to left is laid out from the left, as every writer of PDF does
        file.write_bytes(written_pdf(text[::-1] if script == "Arabic" else text))
    else:
        shape = {
            "md": f"# {text}\n\n{text}", "txt": text, "csv": f"question,answer\n{text},{text}",
            "html": f"<html><body><main><h1>{text}</h1><p>{text}</p></main></body></html>",
        }  # fmt: skip
        file.write_text(shape[form], encoding="utf-8")
    loaded = reader.load(file)
    assert text in loaded.text
    if form in ("md", "html", "docx"):
        assert loaded.text == f"# {text}\n\n{text}"
        assert loaded.title == text


class TestWord:
    @pytest.fixture
    def document(self, tmp_path: Path) -> Path:
        return tmp_path / "a.docx"

    def test_lists_in_lists_numbers_and_titles(self, reader: Worker, document: Path) -> None:
        made = docx.Document()
        made.add_paragraph("Care", style="Title")
        made.add_heading("Washing", 2)
        made.add_paragraph("First", style="List Number")
        made.add_paragraph("Second", style="List Number")
        made.add_paragraph("Cold", style="List Bullet")
        inner = made.add_paragraph("Very cold", style="List Bullet")
        numbered = parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="1"/></w:numPr>')
        inner._p.get_or_add_pPr().append(numbered)
        made.add_paragraph("The end.")
        made.save(str(document))
        assert reader.load(document).text == (
            "# Care\n\n## Washing\n\n1. First\n1. Second\n- Cold\n  - Very cold\n\nThe end."
        )

    def test_links_inserted_words_and_not_deleted_ones(
        self, reader: Worker, document: Path
    ) -> None:
        made = docx.Document()
        made.add_paragraph("Read ")._p.extend(
            parse_xml(f"<w:{tag} {nsdecls('w')}>{words}</w:{tag}>")
            for tag, words in (
                ("hyperlink", "<w:r><w:t>our terms</w:t></w:r>"),
                ("ins", "<w:r><w:t xml:space='preserve'> today</w:t></w:r>"),
                ("del", "<w:r><w:delText> tomorrow</w:delText></w:r>"),
                ("r", "<w:instrText>PAGE</w:instrText>"),
            )
        )
        made.save(str(document))
        assert reader.load(document).text == "Read our terms today"

    def test_footnotes_stand_where_they_are_called(self, reader: Worker, document: Path) -> None:
        words = nsdecls("w")
        parts = {
            "word/document.xml": f"<w:document {words}><w:body><w:p><w:r><w:t>Free</w:t>"
            '<w:footnoteReference w:id="2"/><w:t>.</w:t></w:r></w:p></w:body></w:document>',
            "word/footnotes.xml": f'<w:footnotes {words}><w:footnote w:type="separator" w:id="0"/>'
            '<w:footnote w:id="2"><w:p><w:r><w:t>within the EU</w:t></w:r></w:p></w:footnote>'
            "</w:footnotes>",
        }
        import zipfile

        with zipfile.ZipFile(document, "w") as packed:
            for name, content in parts.items():
                packed.writestr(name, content)
        assert reader.load(document).text == "Free (within the EU)."

    def test_tables_with_merged_cells_and_bars(self, reader: Worker, document: Path) -> None:
        made = docx.Document()
        table = made.add_table(rows=3, cols=2)
        for at, words in enumerate(("Size", "Price", "S | M", "5", "", "6")):
            table.cell(at // 2, at % 2).text = words
        table.cell(1, 0).merge(table.cell(2, 0))
        made.save(str(document))
        assert reader.load(document).text == (
            "| Size | Price |\n| --- | --- |\n| S \\| M | 5 |\n|  | 6 |"
        )


class TestPdf:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return tmp_path / "guide.pdf"

    def test_running_heads_go_and_headings_stay(self, reader: Worker, file: Path) -> None:
        made = FPDF()
        for number in range(1, 6):
            made.add_page()
            made.set_font("helvetica", size=9)
            made.cell(0, 8, "Shop handbook 2026", new_x="LMARGIN", new_y="NEXT")
            made.set_font("helvetica", size=20)
            made.cell(0, 12, f"Chapter of things {number}", new_x="LMARGIN", new_y="NEXT")
            made.set_font("helvetica", size=11)
            made.multi_cell(0, 6, f"Text of page {number} which is quite long. " * 6)
            made.set_font("helvetica", size=9)
            made.set_y(-30)
            made.cell(0, 8, f"Page {number} of 5")
        made.output(str(file))
        text = reader.load(file).text
        assert text.count("Shop handbook 2026") == 1
        assert "of 5" not in text
        assert "## p. 2\n\n### Chapter of things 2\n\nText of page 2" in text

    def test_words_are_joined_and_ligatures_taken_apart(self, reader: Worker, file: Path) -> None:
        made = FPDF()
        made.add_page()
        made.set_font("helvetica", size=12)
        made.cell(0, 8, "Returns are possible with-", new_x="LMARGIN", new_y="NEXT")
        made.cell(0, 8, "out giving a reason, by e-mail.", new_x="LMARGIN", new_y="NEXT")
        made.output(str(file))
        assert "Returns are possible without giving a reason, by e-mail." in reader.load(file).text
        file.write_bytes(written_pdf("Of\ufb01ce hours and \ufb02owers, e\ufb03cient."))
        assert "Office hours and flowers, efficient." in reader.load(file).text

    @pytest.mark.parametrize(
        ("stated", "title"),
        [("Microsoft Word - Draft 3.docx", "Care of lamps"), ("All on lamps", "All on lamps")],
    )
    def test_its_title_is_stated_or_its_largest_words_and_contents_are_left_out(
        self, reader: Worker, file: Path, stated: str, title: str
    ) -> None:
        made = FPDF()
        made.set_title(stated)
        made.add_page()
        made.set_font("helvetica", size=24)
        made.cell(0, 12, "Care of lamps", new_x="LMARGIN", new_y="NEXT")
        made.set_font("helvetica", size=11)
        made.cell(0, 8, "Cleaning " + ". " * 30 + "12", new_x="LMARGIN", new_y="NEXT")
        made.multi_cell(0, 6, "Wipe them with a dry cloth... and nothing else. " * 4)
        made.output(str(file))
        loaded = reader.load(file)
        assert loaded.title == title
        assert "Cleaning" not in loaded.text
        assert "dry cloth... and nothing else" in loaded.text

    def test_a_row_of_a_table_stays_on_its_line(self, reader: Worker, file: Path) -> None:
        made = FPDF()
        made.add_page()
        made.set_font("helvetica", size=12)
        for row in (("Country", "Days", "Price"), ("Japan", "5", "12.90"), ("Brazil", "9", "15")):
            for cell in row:
                made.cell(40, 8, cell)
            made.ln()
        made.output(str(file))
        assert "Japan 5 12.90\nBrazil 9 15" in reader.load(file).text


PAGE = """<!doctype html><html lang="pt-BR"><head><title>Entregas | Loja</title>
<link rel="canonical" href="https://loja.example.org/entregas"></head><body>
<header><a href="/">Loja</a></header><nav><ul><li><a href="/a">Artigos</a></li></ul></nav>
<div class="cookie-banner"><p>Usamos cookies para melhorar.</p></div>
<{tag}><h1>Entregas</h1><p>Entregamos em <a href="/dias">cinco dias</a>.<br>Sempre.</p>
<ul><li>Portugal<ul><li>Lisboa</li></ul></li><li>Brasil</li></ul>
<table><tr><th>País</th><th>Dias</th></tr><tr><td>Brasil</td><td>9</td></tr></table>
<dl><dt>Expressa</dt><dd>No dia seguinte.</dd></dl>
<details><summary>É grátis?</summary><p>Acima de 50 euros.</p></details>
<pre>linha 1
linha 2</pre></{tag}>
<div id="lado"><ul><li><a href="/1">Outra coisa</a></li><li><a href="/2">Mais outra</a></li>
<li><a href="/3">Ainda mais</a></li></ul></div>
<footer>Rodapé da loja</footer></body></html>"""


@pytest.mark.parametrize("tag", ["main", "article", "div"])
def test_a_page_keeps_its_text_and_loses_its_furniture(
    reader: Worker, tmp_path: Path, tag: str
) -> None:
    file = tmp_path / "a.html"
    file.write_text(PAGE.replace("{tag}", tag), encoding="utf-8")
    assert reader.load(file) == Loaded(
        "Entregas | Loja",
        "# Entregas\n\nEntregamos em cinco dias.\nSempre.\n\n- Portugal\n  - Lisboa\n- Brasil\n\n"
        "| País | Dias |\n| --- | --- |\n| Brasil | 9 |\n\n- Expressa: No dia seguinte.\n\n"
        "### É grátis?\n\nAcima de 50 euros.\n\n```\nlinha 1\nlinha 2\n```",
        "pt",
        "https://loja.example.org/entregas",
    )


def test_questions_stated_for_search_engines_are_read_once(reader: Worker, tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    said = """<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
    {"@type": "FAQPage", "mainEntity": [
    {"@type": "Question", "name": "Shown?", "acceptedAnswer": {"@type": "Answer", "text": "Yes."}},
    {"@type": "Question", "name": "Hidden &amp; true?", "acceptedAnswer":
    {"@type": "Answer", "text": "<p>Also <b>yes</b>.</p>"}}]}]}</script>"""
    file.write_text(f"<html><head>{said}</head><main><h2>Shown?</h2><p>Yes.</p></main></html>")
    assert reader.load(file).text == "## Shown?\n\nYes.\n\n## Hidden & true?\n\nAlso yes."


def test_a_page_in_an_old_encoding_that_says_so(reader: Worker, tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    page = '<html><head><meta charset="windows-1251"></head><p>Доставка три дня, бесплатно.</p>'
    file.write_bytes(page.encode("cp1251"))
    assert reader.load(file).text == "Доставка три дня, бесплатно."


def test_front_matter_says_who_may_read_and_when(reader: Worker, tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    front = (
        'title: "Prices: all"\nlanguage: pt-BR\nurl: https://shop.example.org/p # ours\n'
        "audience: Team\nvalid_from: 2026-01-01\nvalid-until: 2026-12-31\n"
    )
    file.write_text(f"---\n{front}---\nA text.", encoding="utf-8")
    assert reader.load(file) == Loaded(
        "Prices: all", "A text.", "pt", "https://shop.example.org/p", "team",
        "2026-01-01", "2026-12-31",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("front", "reason"),
    [
        ("audience: everybody", "unknown audience"),
        ("valid_from: next week", "valid_from that is no date"),
        ("valid_from: 2027-01-01\nvalid_until: 2026-01-01", "swap the dates"),
    ],
)
def test_front_matter_that_cannot_be_meant_is_refused(
    reader: Worker, tmp_path: Path, front: str, reason: str
) -> None:
    file = tmp_path / "a.md"
    file.write_text(f"---\n{front}\n---\nA text.", encoding="utf-8")
    with pytest.raises(Refused, match=reason):
        reader.load(file)


def test_an_address_that_is_none_is_left_away(reader: Worker, tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("---\nurl: javascript:alert(1)\n---\nA text.", encoding="utf-8")
    assert reader.load(file).url is None


def test_rows_of_several_languages_and_audiences_are_documents_of_their_own(
    reader: Worker, tmp_path: Path
) -> None:
    file = tmp_path / "faq.csv"
    file.write_text(
        "Frage;Antwort;Sprache;Link;audience\n"
        "Kostet es?;Nein.;de;;public\nWie lange?;Drei Tage.;de;;public\n"
        "Discount?;Ten per cent.;en;;team\n"
        "Hours?;Nine to five.;en;https://shop.example.org/hours;public\n",
        encoding="utf-8",
    )
    loaded = reader.read(file)
    assert [(each.title, each.language, each.audience, each.url) for each in loaded] == [
        ("faq", "de", "public", None),
        ("Discount?", "en", "team", None),
        ("Hours?", "en", "public", "https://shop.example.org/hours"),
    ]
    assert loaded[0].text == "## Kostet es?\n\nNein.\n\n## Wie lange?\n\nDrei Tage."
    assert len({each.part for each in loaded}) == 3
    assert {each.part for each in reader.read(file)} == {each.part for each in loaded}
    with pytest.raises(Refused, match="several languages, audiences or addresses"):
        reader.load(file)


def test_a_heading_in_an_answer_opens_no_section(reader: Worker, tmp_path: Path) -> None:
    file = tmp_path / "faq.csv"
    file.write_text('question,answer,language\nWhy?,"# Because\nit is so.",en', encoding="utf-8")
    loaded = reader.load(file)
    assert (loaded.text, loaded.language, loaded.part) == (
        "## Why?\n\nBecause\nit is so.",
        "en",
        "",
    )
