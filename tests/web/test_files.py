"""What the browser's files may contain, and that their words cover what the server says."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from connectors.channel import ErrorKind
from guardrails.inbound import screen_inbound
from records.conversations import Reason
from records.states import Status

WEB = Path(__file__).resolve().parents[2] / "web"
OURS = [
    path
    for folder in ("desk", "console", "widget", "demo", "help")
    for path in sorted((WEB / folder).rglob("*"))
    if path.is_file()
]
SCRIPTS = [path for path in OURS if path.suffix == ".js"]
PAGES = [path for path in OURS if path.suffix == ".html"]
HARMLESS = ("http://www.w3.org/2000/svg", "https://desk.example/")
"""A namespace and an example in a comment: nothing is fetched from either."""

WIDGET_BUDGET = 60 * 1024


def name_of(path: Path) -> str:
    return path.relative_to(WEB).as_posix()


def read(name: str) -> str:
    return (WEB / name).read_text(encoding="utf-8")


class Inline(HTMLParser):
    """Collects what a strict content security policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self.found += [name for name in names if name == "style" or name.startswith("on")]
        if tag == "style":
            self.found.append("<style>")
        self._script = tag == "script" and "src" not in names

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.found.append("<script>")


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_page_has_no_inline_script_style_or_handler(path: Path) -> None:
    page = Inline()
    page.feed(path.read_text(encoding="utf-8"))
    assert page.found == []


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_a_file_names_no_other_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for harmless in HARMLESS:
        text = text.replace(harmless, "")
    assert re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}", text) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_a_script_writes_texts_and_never_markup(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    ways = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc"
    assert re.findall(ways + r"|dangerouslySet|\sstyle=|\.style\.", text) == []


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_a_file_fits_in_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_every_import_is_there(path: Path) -> None:
    for target in re.findall(r'from "([^"]+)"', path.read_text(encoding="utf-8")):
        if target.startswith("/web/vendor/"):
            assert Path(target).name in {"preact.js", "hooks.js", "htm.js"}
        elif target.startswith("/web/desk/"):
            assert path.parent.name == "console", "only the console borrows from the desk"
            assert (WEB / target.removeprefix("/web/")).is_file(), target
        else:
            assert target.startswith("./"), target
            assert (path.parent / target).is_file(), target


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_everything_a_page_loads_is_there(path: Path) -> None:
    for target in re.findall(r'(?:src|href)="/web/([^"]+)"', path.read_text(encoding="utf-8")):
        assert target.startswith("vendor/") or (WEB / target).is_file(), target


def test_the_widget_is_small_and_depends_on_nothing() -> None:
    scripts = [path for path in SCRIPTS if path.parent.name == "widget"]
    assert sum(path.stat().st_size for path in scripts) < WIDGET_BUDGET
    assert not any("/web/vendor/" in path.read_text(encoding="utf-8") for path in scripts)


def block(name: str) -> str:
    """The body of `export const NAME = {…};` in the desk's words."""
    found = re.search(rf"export const {name} = \{{\n(.*?)\n\}};", read("desk/words.js"), re.DOTALL)
    assert found, name
    return found[1]


def keys(name: str) -> set[str]:
    return set(re.findall(r'^  "?([\w.]+)"?:', block(name), re.MULTILINE))


def test_every_reason_of_a_hand_off_has_a_title_and_a_sentence() -> None:
    assert keys("REASONS") == {str(reason) for reason in Reason}
    entries = re.findall(r"\{(.*?)\}", block("REASONS"), re.DOTALL)
    assert all("title: " in entry and "sentence: " in entry for entry in entries)


def test_every_status_and_every_fault_of_a_channel_has_words() -> None:
    assert keys("STATUSES") == {str(status) for status in Status}
    assert keys("ERRORS") >= {str(kind) for kind in ErrorKind} | {"no_report"}


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'^  (\w+): "M', read("desk/icons.js"), re.MULTILINE))
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        named = re.findall(r'<\$\{Icon\} name="(\w+)"|\bicon(?:: |=)"(\w+)"', text)
        assert {first or second for first, second in named} <= drawn, name_of(path)


def languages() -> dict[str, dict[str, str]]:
    """The widget's wording, by language."""
    found = re.findall(r"^  (\w\w): \{\n(.*?)\n  \},", read("widget/words.js"), re.M | re.S)
    return {lang: dict(re.findall(r'(\w+): "([^"]*)"', body)) for lang, body in found}


def test_the_widget_says_the_same_things_in_every_language() -> None:
    words = languages()
    assert set(words) >= {"en", "de", "es", "pt", "fr", "it", "nl", "zh", "ja"}
    for lang, said in words.items():
        assert set(said) == set(words["en"]), lang
        assert all(said.values()), lang
        assert "{n}" in said["unread"], lang


@pytest.mark.parametrize("lang", sorted(languages()))
def test_the_button_for_a_person_sends_a_request_the_assistant_understands(lang: str) -> None:
    verdict = screen_inbound(languages()[lang]["ask"], lang)
    assert (verdict.act, verdict.reason) == ("hand_over", "wants_person")
