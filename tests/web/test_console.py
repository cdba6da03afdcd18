"""The console's words cover what the server grants, records and reports."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from access import Permission
from connectors.models import AccountStatus, InboxState
from records.states import Status

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "access", "admin_api", "bot", "connectors", "guardrails", "knowledge", "ledger", "records",
    "runtime",
)  # fmt: skip
CONSOLE = ROOT / "web" / "console"


def keys(name: str, file: str = "words.js") -> set[str]:
    """The keys of `export const NAME = {…};`, each on a line of its own."""
    text = (CONSOLE / file).read_text(encoding="utf-8")
    found = re.search(rf"export const {name} = \{{\n(.*?)\n\}};", text, re.DOTALL)
    assert found, name
    return set(re.findall(r'^  "?([\w:]+)"?:', found[1], re.MULTILINE))


def calls(name: str) -> Iterator[ast.Call]:
    """Every call of a function or method of this name in the server."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(name):
                    yield node


def recorded() -> set[str]:
    """The actions that the server writes into the ledger."""
    moves = [call.args[3] for call in calls("_moved") if len(call.args) == 4]
    found = {f"conversation:{ast.literal_eval(move)}" for move in moves}
    found |= {f"message:{status}" for status in Status if status is not Status.QUEUED}
    actions = [call.args[2] for call in calls("ledger.record")]
    actions += [call.args[1] for call in calls("_note") if len(call.args) == 3]
    actions += [call.args[2] for call in calls("_changed") if len(call.args) == 3]
    for action in actions:
        if isinstance(action, ast.Constant):
            found.add(str(action.value))
        elif isinstance(action, ast.Attribute) and ast.unparse(action).startswith("Permission."):
            found.add(str(Permission[action.attr]))
    return found


def test_every_permission_and_what_it_is_about_has_words() -> None:
    assert keys("PERMISSIONS") == {str(permission) for permission in Permission}
    assert keys("RESOURCES") == {permission.partition(":")[0] for permission in Permission}


def test_every_act_of_the_ledger_is_a_sentence() -> None:
    found = recorded()
    assert {"refused", "session:refuse", "message:edit", "conversation:handed_over"} <= found
    assert keys("ACTIONS") >= found


def test_every_state_of_an_account_and_of_a_kept_delivery_has_words() -> None:
    assert keys("ACCOUNTS") == {str(status) for status in AccountStatus}
    assert keys("KEPT") == {str(InboxState.UNPARSABLE), str(InboxState.ORPHAN)}


def test_the_console_asks_for_permissions_that_exist() -> None:
    known = {str(permission) for permission in Permission}
    for path in CONSOLE.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        asked = re.findall(r'(?:may|includes)\("([a-z]+:[a-z]+)"\)', text)
        assert set(asked) <= known, path.name


def test_every_code_of_the_knowledge_has_words() -> None:
    from bot import trials
    from knowledge import articles, states

    for name, codes in {
        "ARTICLE_STATES": articles.State,
        "AUDIENCES": states.Audience,
        "SOURCE_KINDS": states.SourceKind,
        "RELEASE_STATES": states.ReleaseState,
        "RELEASE_KINDS": states.ReleaseKind,
    }.items():
        assert keys(name, "knowledge_words.js") == {str(code) for code in codes}, name
    told = set(re.findall(r'"([a-z_]+)"', (trials.problem.__doc__ or "")))
    assert keys("CASE_PROBLEMS", "knowledge_words.js") >= told - {""}
    text = (ROOT / "bot" / "rehearsal.py").read_text(encoding="utf-8")
    gate = text.partition("def blocking")[2].partition("\ndef ")[0]
    stops = re.findall(r'^        "([a-z_]+)": (?:any|bool|len)', gate, re.MULTILINE)
    assert len(stops) >= 4
    assert keys("BLOCKING", "knowledge_words.js") >= {*stops, "not_rehearsed"}
