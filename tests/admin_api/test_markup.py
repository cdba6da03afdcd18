"""Markdown of articles: nothing of it becomes markup of its own, and a quote is marked."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from admin_api.markup import plain, render, slug

TEXT = """# Returns

You can send an item back *within* **30 days**. Returns are [free](https://shop.example/a?b=1&c=2).

## How long

- The money is back after five days.
- See [shipping](shipping.md) and [terms](/terms).

| Item | Price |
|---|---|
| Parcel | EUR 4.90 |
"""


def marked(html: str) -> str:
    return "".join(re.findall(r"<mark[^>]*>(.*?)</mark>", html))


def test_the_title_is_left_out_and_headings_begin_below_it():
    html = render("# Returns\n\n# One\n\n## Two\n\n# One", "Returns").html
    assert "Returns" not in html
    assert re.findall(r"<(h\d) id=\"([^\"]+)\"", html) == [
        ("h2", "s-one"), ("h3", "s-two"), ("h2", "s-one-2"),
    ]  # fmt: skip


def test_hostile_text_is_shown_and_does_nothing():
    text = (
        "<script>alert(1)</script> <img src=x onerror=alert(1)>\n\n[a](javascript:alert(1)) "
        "[b](data:text/html;base64,eA==) [c](vbscript:x) [d](//other.example/x) "
        "![e](https://other.example/e.png)\n\n# <b onclick=x>h</b>\n\n```<i>\n<u>code</u>\n```"
    )
    html = render(text, "").html
    assert set(re.findall(r"<(\w+)", html)) <= {"p", "h2", "pre", "code"}
    assert "href" not in html
    assert "&lt;script&gt;" in html


def test_links_go_to_the_web_or_to_our_own_articles():
    html = render(TEXT, "Returns", find={"shipping.md": "/help/x/en/articles/2"}.get).html
    assert '<a href="https://shop.example/a?b=1&amp;c=2" rel="nofollow noopener">free</a>' in html
    assert '<a href="/help/x/en/articles/2">shipping</a>' in html
    assert " and terms." in html


def test_a_quote_is_marked_to_the_letter():
    start = TEXT.index("You can")
    html = render(TEXT, "Returns", cited=(start, TEXT.index(" Returns are"))).html
    assert html.count('id="cited"') == 1
    assert re.sub("<.*?>", "", marked(html)) == "You can send an item back within 30 days."


def test_a_quoted_list_and_table_keep_their_form():
    html = render(TEXT, "Returns", cited=(TEXT.index("- The"), len(TEXT))).html
    assert html.count("<li>") == 2
    assert "<td><mark>EUR 4.90</mark></td>" in html
    assert re.sub("</?mark[^>]*>", "", html) == render(TEXT, "Returns").html


@given(
    st.text(alphabet="ab *_`#-|\n[]()<>&\ue000", max_size=60), st.tuples(*[st.integers(-3, 70)] * 2)
)
def test_marks_never_change_what_is_shown(text, cited):
    html = render(text, "t", cited=cited).html
    assert re.sub("</?mark[^>]*>", "", html) == render(text, "t").html


@given(st.text(max_size=80))
def test_a_slug_is_fit_for_an_address(text):
    assert re.fullmatch(r"[^\s/?#&]{0,60}", slug(text))


def test_a_slug_keeps_the_words_of_any_script():
    assert slug("Größe & Maße?") == "grösse-masse"
    assert slug("वापसी की नीति") == "वापसी-की-नीति"
    assert slug("返品・交換") == "返品-交換"


def test_a_plain_text_has_no_signs_and_ends_at_a_word():
    assert plain("## Prices\n\n- **EUR** [4.90](https://a.example)\n", 80) == "Prices EUR 4.90"
    assert plain("| a | b |\n|---|:-:|\n| 1 | 2 |", 80) == "a b 1 2"
    assert plain("one two three four", 11) == "one two …"
