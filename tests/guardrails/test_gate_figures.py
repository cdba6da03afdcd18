"""The gate on rows of a file, and the checker that measures it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from admin_api.cli import app
from benchmarks.strict import missing, vocabulary

SOURCE = (
    "The Fjell 2 weighs 2.1 kg and costs $1,299.50. It was first sold on March 3, 2026 in Norway. "
    "Returns are free within thirty days."
)
COMMON = vocabulary([SOURCE, "returns customers you can within"])


@pytest.mark.parametrize(
    ("statement", "lacks"),
    [
        ("Returns are free within 30 days.", []),
        ("Customers can return within thirty days.", []),
        ("1. Returns are free.", []),
        ("Returns are free within 31 days.", ["number 31"]),
        ("It costs $1299.50.", []),
        ("It costs $1,299.", ["number 1299", "price $1299"]),
        ("It costs $30.", ["price $30"]),
        ("It was sold in April.", ["date april", "name April"]),
        ("It was sold in Sweden.", ["name Sweden"]),
        ("Sweden sells it.", ["name Sweden"]),
        ("Norway sells it.", []),
    ],
)
def test_the_second_opinion_wants_everything_literally(statement: str, lacks: list[str]) -> None:
    assert missing(statement, SOURCE, COMMON) == lacks


def test_rows_of_a_file_get_verdicts(tmp_path) -> None:
    titled = {"source": SOURCE, "title": "Nordlicht tents"}
    rows = [
        {"id": "a", "text": "The Fjell 2 weighs 2.1 kg.", "source": SOURCE},
        {"id": "b", "text": "The Fjell 2 weighs 2.2 kg.", "source": SOURCE},
        {"id": "c", "text": "Nordlicht tents weigh 2.1 kg.", **titled},
    ]
    given, out = tmp_path / "rows.jsonl", tmp_path / "verdicts.jsonl"
    given.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    done = CliRunner().invoke(app, ["eval", "gate", "--in", str(given), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "3 rows written" in done.output
    verdicts = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [(one["id"], one["reason"]) for one in verdicts] == [
        ("a", ""),
        ("b", "number"),
        ("c", ""),
    ]
    assert verdicts[0]["statements"][0]["chunk_id"] == 1
