"""Files that mean harm get a reason and harm nothing: not the server, not the files beside them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from knowledge import chunking, ingest
from knowledge.loaders import Loaded, Refused, folder, worker
from knowledge.loaders.worker import Limits, Worker
from tests.knowledge import hostile

ROOT = Path(__file__).resolve().parents[2]
Take = Callable[..., list[ingest.FileReport]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hostile")
    hostile.write_all(made, tmp_path_factory.mktemp("outside"))
    return made


@pytest.fixture(scope="module")
def outcome(place: Path) -> dict[str, Any]:
    """What a process of its own made of all of them, and the memory it took."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.knowledge.hostile", str(place)],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    said: dict[str, Any] = json.loads(done.stdout)
    return said | {"files": {row["name"]: row for row in said["files"]}}


@pytest.mark.parametrize("name", [*hostile.REFUSED, *hostile.OTHERS])
def test_what_cannot_be_used_is_refused_with_a_reason(outcome: dict[str, Any], name: str) -> None:
    expected = (hostile.REFUSED | hostile.OTHERS)[name]
    pattern = expected if isinstance(expected, str) else expected[1]
    assert re.search(pattern, outcome["files"][name]["reason"])


@pytest.mark.parametrize("name", hostile.READ)
def test_what_is_only_strange_is_read(outcome: dict[str, Any], name: str) -> None:
    row = outcome["files"][name]
    assert hostile.READ[name][1] in row["text"], row
    assert "\n" not in row["shown"]
    assert row["shown"].isprintable()


def test_no_file_is_left_without_a_word(outcome: dict[str, Any]) -> None:
    expected = {*hostile.REFUSED, *hostile.READ, *hostile.OTHERS}
    assert set(outcome["files"]) == expected
    assert len(hostile.REFUSED) + len(hostile.OTHERS) >= 20


def test_reading_stays_below_its_memory_and_the_server_does_not_grow(
    outcome: dict[str, Any],
) -> None:
    assert 50_000_000 < outcome["children"] < hostile.MEMORY
    grown = [row["parent"] for row in outcome["files"].values() if "reason" in row]
    assert max(grown) - outcome["before"] < 64 * 2**20
    assert outcome["after"] - outcome["before"] < 128 * 2**20


def test_a_folder_of_them_lets_the_good_files_through(
    take_in: Take, place: Path, tmp_path: Path
) -> None:
    folder_of_them = tmp_path / "files"
    folder_of_them.mkdir()
    long_to_embed = {"dots.txt", "hashes.md", "heading.md", "word.txt"}
    for file in place.iterdir():
        if file.name not in long_to_embed and file.name != "linked":
            os.link(file, folder_of_them / file.name, follow_symlinks=False)
    reports = {report.path: report for report in take_in(folder_of_them)}
    # names that no database takes are shown with escapes
    strange = hostile.READ.keys() - long_to_embed - reports.keys()
    reports |= {name: reports[folder.shown(name)] for name in strange}
    assert {name for name in hostile.REFUSED if reports[name].state != "failed"} == set()
    others = hostile.OTHERS.keys() - {"linked"}
    assert {name for name in others if reports[name].state != "failed"} == set()
    assert all(reports[name].reason for name in hostile.REFUSED.keys() | others)
    assert {reports[name].state for name in set(hostile.READ) - long_to_embed} == {"added"}


@pytest.fixture
def reader() -> Iterator[Worker]:
    with Worker(Limits(cpu=1, wall=20.0)) as made:
        yield made


def test_a_file_that_takes_too_long_is_given_up(reader: Worker, tmp_path: Path) -> None:
    slow, good = tmp_path / "slow.html", tmp_path / "good.md"
    slow.write_bytes(b"<p>a<b>b</b></p>" * 160_000)
    good.write_text("Fine.", encoding="utf-8")
    with pytest.raises(Refused, match="takes too long to read: split it"):
        reader.load(slow)
    assert reader.load(good).text == "Fine."


def test_a_reader_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    good = tmp_path / "good.md"
    good.write_text("Fine.", encoding="utf-8")
    # no answer can come so fast
    with Worker(Limits(wall=0.001)) as hasty, pytest.raises(Refused, match="takes too long"):
        hasty.load(good)


def test_a_file_the_server_may_not_read_is_named_so(reader: Worker, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("Not for the server.", encoding="utf-8")
    secret.chmod(0)
    root = os.geteuid() == 0
    if root:  # who reads everything
        os.seteuid(65534)
    try:
        with pytest.raises(Refused, match="give this server the right to read it"):
            reader.load(secret)
    finally:
        if root:
            os.seteuid(0)


def test_a_file_that_vanishes_or_shrinks_is_no_crash(
    reader: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "leaving.md"
    with pytest.raises(Refused, match="it is gone; take the folder in again"):
        reader.load(file)

    def opened_and(then: Callable[[Path], object]) -> Callable[[Path], int]:
        def open_file(path: Path) -> int:
            descriptor = os.open(path, os.O_RDONLY)
            then(path)
            return descriptor

        return open_file

    # what happens between opening and reading
    file.write_text("Open when it left.", encoding="utf-8")
    monkeypatch.setattr(worker, "_open", opened_and(Path.unlink))
    assert reader.load(file).text == "Open when it left."
    file.write_text("Cut to nothing.", encoding="utf-8")
    monkeypatch.setattr(worker, "_open", opened_and(lambda path: os.truncate(path, 0)))
    with pytest.raises(Refused, match="is empty"):
        reader.load(file)


def test_devices_and_folders_are_not_waited_for(reader: Worker, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    for path in (Path("/dev/zero"), tmp_path, tmp_path / "pipe.md"):
        with pytest.raises(Refused, match="no file but a folder, pipe or device"):
            reader.load(path)


CONFINED = """
import json, os, socket, subprocess, sys
from knowledge.loaders.confine import confine
confine(1 << 30)
outcome = {}
def attempt(name, act):
    try:
        act()
        outcome[name] = "done"
    except OSError as error:
        outcome[name] = type(error).__name__
attempt("file", lambda: open(sys.argv[1]).read())
attempt("folder", lambda: os.listdir(os.path.dirname(sys.argv[1])))
attempt("password file", lambda: open("/etc/passwd").read())
attempt("new file", lambda: open(sys.argv[1] + ".new", "w").write("x"))
attempt("removal", lambda: os.remove(sys.argv[1]))
attempt("network", lambda: socket.create_connection(("127.0.0.1", 9)))
attempt("names", lambda: socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM))
attempt("datagrams", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
attempt("program", lambda: subprocess.run(["/bin/true"]))
attempt("child", os.fork)
attempt("signal", lambda: os.kill(os.getppid(), 0))
import lxml.html, pypdfium2  # what reading needs can still be loaded
outcome["libraries"] = "done"
print(json.dumps(outcome))
"""


def test_the_reading_process_can_touch_nothing_but_the_file_it_was_given(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Not yours.", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", CONFINED, str(secret)],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    outcome = json.loads(done.stdout)
    assert outcome.pop("libraries") == "done"
    outcome.pop("names")  # may be known without asking
    assert set(outcome.values()) == {"PermissionError"}, outcome
    assert secret.read_text(encoding="utf-8") == "Not yours."
    assert not secret.with_suffix(".txt.new").exists()


def test_the_reader_itself_is_confined(reader: Worker, tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("Fine.", encoding="utf-8")
    reader.load(tmp_path / "good.md")
    assert reader._process is not None
    about = Path(f"/proc/{reader._process.pid}")
    status = (about / "status").read_text(encoding="ascii")
    assert re.search(r"^Seccomp:\s2$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s1$", status, re.MULTILINE)
    limits = (about / "limits").read_text(encoding="ascii")
    assert re.search(rf"^Max address space +{Limits().memory} ", limits, re.MULTILINE)
    assert re.search(r"^Max file size +0 ", limits, re.MULTILINE)
    assert (about / "environ").read_bytes().count(b"\0") == 3


TAKEN_OVER = """
import socket, sys, time
line = socket.socket(fileno=int(sys.argv[1]))
line.recv(100000)
"""
FLOOD = (
    TAKEN_OVER
    + "line.sendall((1 << 40).to_bytes(8, 'big'))\nwhile True: line.sendall(bytes(1 << 20))"
)
TRICKLE = (
    TAKEN_OVER
    + "line.sendall((99).to_bytes(8, 'big'))\nwhile True: line.sendall(b'x'), time.sleep(.1)"
)
NONSENSE = TAKEN_OVER + "line.sendall((3).to_bytes(8, 'big') + b'abc')"
SILENCE = TAKEN_OVER + "time.sleep(600)"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (FLOOD, "more than 10,000,000 characters"), (TRICKLE, "takes too long"),
        (NONSENSE, "broke the process"), (SILENCE, "takes too long"),
    ],
    ids=["flood", "trickle", "nonsense", "silence"],
)  # fmt: skip
def test_a_reader_that_a_file_has_taken_over_harms_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    (tmp_path / "evil.md").write_text("Whatever.", encoding="utf-8")
    before = hostile.peak()
    with monkeypatch.context() as patched, Worker(Limits(wall=1.0)) as made:
        patched.setattr(worker, "_COMMAND", (sys.executable, "-c", script))
        with pytest.raises(Refused, match=reason):
            made.load(tmp_path / "evil.md")
        assert made._process is None
    assert hostile.peak() - before < 32 * 2**20


def test_a_folder_that_is_one_file_and_hidden_entries(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config.md").write_text("x", encoding="utf-8")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.md").write_text("x", encoding="utf-8")
    (tmp_path / "a.md").write_text("x", encoding="utf-8")
    assert [found.name for found in folder.files(tmp_path)] == ["a.md", "b/c.md"]
    assert [found.name for found in folder.files(tmp_path / "a.md")] == ["a.md"]


@pytest.mark.parametrize("text", [
    "." * 200_000 + "x",
    "# a" + " " * 200_000 + "#" * 200_000 + "b",
    "a." + "\"" * 200_000 + "x",
    "\n" * 200_000 + "x",
    "| " * 200_000,
    "- a\n" * 50_000,
    "e.g. " * 50_000,
    "x" * 2_000_000,
    "> " * 200_000,
])  # fmt: skip
def test_no_text_takes_the_cutting_more_than_its_length(text: str) -> None:
    """Quadratic patterns would need hours for these, and the test's own limit would end them."""
    assert sum(piece.end - piece.start for piece in chunking.split(text)) <= 2 * len(text)


def test_a_heading_without_end_is_not_before_every_piece() -> None:
    text = "# " + "title " * 100_000 + "\n\n" + "Words of a sentence. " * 2_000
    assert sum(len(piece.heading) for piece in chunking.split(text)) < len(text)


def test_what_is_loaded_says_only_what_was_stated(reader: Worker, tmp_path: Path) -> None:
    file = tmp_path / "plain.md"
    file.write_text("Plain.", encoding="utf-8")
    assert reader.read(file) == (Loaded("plain", "Plain."),)
