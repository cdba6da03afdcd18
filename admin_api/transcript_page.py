"""A signed transcript as a page that prints well: no scripts, nothing from elsewhere."""

from __future__ import annotations

import hashlib
from typing import Any

from admin_api.html import Html, join, tag

STYLE = Html(
    "body{font:15px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b1b1b;background:#fff}"
    "h1{font-size:1.4rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}"
    "dd{margin:0;overflow-wrap:anywhere}ol{list-style:none;padding:0}"
    "li{border-top:1px solid #bbb;padding:.6rem 0;break-inside:avoid}"
    ".said{white-space:pre-wrap;overflow-wrap:anywhere;margin:.3rem 0}"
    ".small{font-size:.8rem;color:#4a4a4a;overflow-wrap:anywhere;margin:.2rem 0}"
    "@media print{body{margin:0;max-width:none}}"
)
AUTHORS = {"contact": "Customer", "assistant": "AI", "user": "Person", "system": "System"}


def page(signed: dict[str, Any]) -> str:
    """The transcript as one HTML file. Every text of it is escaped."""
    body = signed["body"]
    line = body["thread"]["line"]
    title = f"Conversation {line['id']}"
    facts = {
        "Channel": f"{line['channel']}, {line['account']}",
        "Customer": line["contact_name"],
        "Made": f"{body['made_at']} for {body['made_for']}, agreed to by {body['approved_by']}",
        "Signed with": signed["public_key"],
        "Checkpoint": hashlib.sha256(body["checkpoint"].encode()).hexdigest(),
    }
    ties = {each["message"]: each for each in body["lines"]}
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", STYLE),
    )
    shown = tag(
        "main",
        tag("h1", title),
        _pairs(facts),
        tag(
            "p",
            "The JSON file beside this page holds the same lines with their proofs; "
            "frontdesk_verify.py checks it without Frontdesk.",
            class_="small",
        ),
        tag("h2", "Lines"),
        tag("ol", *(_line(each, ties[each["id"]]) for each in body["thread"]["messages"])),
        tag("h2", "What happened around them"),
        tag("ol", *(_act(each) for each in body["acts"])),
    )
    return "<!doctype html>" + tag("html", head, tag("body", shown), lang="en")


def _pairs(facts: dict[str, Any]) -> Html:
    return tag("dl", *(join(tag("dt", name), tag("dd", str(said))) for name, said in facts.items()))


def _line(message: dict[str, Any], tie: dict[str, Any]) -> Html:
    event = message["event"]
    said = f"{event.get('kind')}: {_listed(event)}" if event else message["text"]
    if message["deleted"]:
        said = "(taken back by its author)"
    kind = AUTHORS.get(message["author"], message["author"])
    who = f"{kind}{': ' + message['author_name'] if message['author_name'] else ''}"
    small = [f"{message['at']} · {message['content_type']} · {message['status']}"]
    small += [f"Source: {_source(source)}" for source in message["sources"]]
    if message["verdict"]:
        small.append(f"Verdict: {_listed(message['verdict'])}")
    if message["attachments"]:
        small.append(f"Attachments: {len(message['attachments'])}")
    proof = tie.get("proof")
    small.append(
        f"Ledger entry no. {proof['entry']['position']}: {proof['entry']['action']} by "
        f"{proof['entry']['actor']}"
        if proof
        else "No ledger entry names this line"
    )
    return tag(
        "li",
        tag("strong", tag("bdi", who)),
        tag("p", said, class_="said", dir="auto"),
        *(tag("p", each, class_="small") for each in small),
    )


def _act(act: dict[str, Any]) -> Html:
    what = f"{act['at']} · {act['actor']} · {act['action']}: {_listed(act['detail'])}"
    return tag("li", tag("p", what, class_="small"))


def _source(source: dict[str, Any]) -> str:
    parts = (source.get(name) for name in ("title", "heading", "url", "version"))
    return " · ".join(str(part) for part in parts if part)


def _listed(facts: dict[str, Any]) -> str:
    simple = {k: v for k, v in facts.items() if k != "kind" and not isinstance(v, dict | list)}
    return ", ".join(f"{name} {value}" for name, value in simple.items()) or "–"
