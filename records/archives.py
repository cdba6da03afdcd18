"""The form of an export: a page to read, JSON to use, its schema; one encrypted archive."""

from __future__ import annotations

import io
import json
from html import escape
from typing import Any

import pyzipper

SCHEMA_ID = "frontdesk/contact-export/1"

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": SCHEMA_ID,
    "type": "object",
    "required": ["schema", "made_at", "contact", "controller", "recipients", "stores"],
    "properties": {
        "schema": {"const": SCHEMA_ID},
        "made_at": {"type": "string", "format": "date-time"},
        "contact": {"type": "integer", "description": "your number in this system"},
        "controller": {"type": "string", "description": "whose system it is"},
        "recipients": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["recipient", "as"],
                "properties": {"recipient": {"type": "string"}, "as": {"type": "string"}},
            },
        },
        "stores": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["store", "category", "what", "rows"],
                "properties": {
                    "store": {"type": "string"},
                    "category": {"type": "string"},
                    "what": {"type": "string", "description": "what is kept there"},
                    "rows": {"type": "array", "items": {"type": "object"}},
                },
            },
        },
    },
}

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem }
th, td { border: 1px solid #8884; padding: .3rem .5rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere }
pre { white-space: pre-wrap; margin: 0 }
"""


def archive(content: dict[str, Any], passphrase: str) -> bytes:
    """A ZIP under AES-256 (WinZip's form, which the usual programs open)."""
    packed = io.BytesIO()
    with pyzipper.AESZipFile(
        packed, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as zipped:
        zipped.setpassword(passphrase.encode())
        zipped.writestr("export.html", page(content))
        zipped.writestr("export.json", json.dumps(content, ensure_ascii=False, indent=1))
        zipped.writestr("export.schema.json", json.dumps(SCHEMA, indent=1))
    return packed.getvalue()


def page(content: dict[str, Any]) -> str:
    """The same content as a page that needs nothing else, for reading and printing."""
    stores = "\n".join(_store(each) for each in content["stores"] if each["rows"])
    empty = ", ".join(each["what"] for each in content["stores"] if not each["rows"])
    given = "\n".join(
        f"<li>{escape(each['recipient'])} ({escape(each['as'])})</li>"
        for each in content["recipients"]
    )
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>What we keep about you</title>
<style>{_STYLE}</style>
<h1>What {escape(content["controller"])} keeps about you</h1>
<p>Made on {escape(content["made_at"])}. The same is in export.json for programs.
Colleagues appear by their role, other customers not at all.</p>
<h2>Who was given something of it</h2><ul>{given}</ul>
{stores}
<h2>Where nothing is kept</h2><p>{escape(empty)}</p>
</html>
"""


def _store(store: dict[str, Any]) -> str:
    columns = list(store["rows"][0])
    head = "".join(f"<th scope=col>{escape(name.replace('_', ' '))}</th>" for name in columns)
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{_cell(row.get(name))}</td>" for name in columns) + "</tr>"
        for row in store["rows"]
    )
    return (
        f"<h2>{escape(store['what'])}</h2>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        text = json.dumps(value, ensure_ascii=False, indent=1) if value else ""
        return f"<pre>{escape(text)}</pre>"
    return escape(str(value))
