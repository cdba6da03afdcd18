"""Tables and a plot of an evaluation: as text for a terminal, and as one HTML page."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH = 640
_ROW = 22
_LABEL = 330


@dataclass(frozen=True, slots=True)
class Table:
    """A caption, the names of the columns, and rows of as many cells."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a plot: a value from 0 to 1, what it should reach, and its standard error."""

    label: str
    value: float
    goal: float | None = None
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars under a caption."""

    caption: str
    bars: tuple[Bar, ...]


def as_text(table: Table) -> str:
    """The table in columns."""
    lines = [table.columns, *table.rows]
    widths = [max(_width(line[at]) for line in lines) for at in range(len(table.columns))]
    shown = [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join([table.caption, shown[0], "-" * (sum(widths) + 2 * len(widths)), *shown[1:]])


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def as_page(title: str, tables: Sequence[Table], plots: Sequence[Plot]) -> str:
    """One HTML page without scripts or anything from elsewhere."""
    parts = [_STYLE.format(title=escape(title))]
    parts += [_figure(plot) for plot in plots if plot.bars]
    parts += [_table(table) for table in tables]
    return "\n".join([*parts, "</main></body></html>\n"])


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    return (
        f"<table><caption>{escape(table.caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _figure(plot: Plot) -> str:
    height = _ROW * len(plot.bars) + 24
    lines = [_line(number, bar) for number, bar in enumerate(plot.bars)]
    grid = "".join(
        f'<line class="grid" x1="{_x(at)}" x2="{_x(at)}" y1="0" y2="{height - 20}"/>'
        f'<text class="tick" x="{_x(at)}" y="{height - 6}">{at:.2g}</text>'
        for at in (0, 0.25, 0.5, 0.75, 1)
    )
    label = escape(plot.caption)
    return (
        f"<figure><figcaption>{label}</figcaption>"
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {_LABEL + _WIDTH + 60} {height}">'
        f"{grid}{''.join(lines)}</svg></figure>"
    )


def _line(number: int, bar: Bar) -> str:
    top = number * _ROW
    value = max(0.0, min(1.0, bar.value))
    missed = bar.goal is not None and bar.value < bar.goal
    goal = ""
    if bar.goal is not None:
        at = _x(bar.goal)
        goal = f'<line class="goal" x1="{at}" x2="{at}" y1="{top + 1}" y2="{top + 19}"/>'
    low, high = _x(max(0.0, value - bar.error)), _x(min(1.0, value + bar.error))
    middle = top + 10
    return (
        f'<text class="label" x="{_LABEL - 8}" y="{top + 14}">{escape(bar.label)}</text>'
        f'<rect class="{"missed" if missed else "bar"}" x="{_x(0)}" y="{top + 4}" '
        f'width="{_x(value) - _x(0)}" height="12"/>'
        f'<line class="error" x1="{low}" x2="{high}" y1="{middle}" y2="{middle}"/>{goal}'
        f'<text class="value" x="{_LABEL + _WIDTH + 8}" y="{top + 14}">{bar.value:.3f}</text>'
    )


def _x(value: float) -> int:
    return _LABEL + round(value * _WIDTH)


_STYLE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff; margin: 2rem; }}
main {{ max-width: 68rem; margin: auto; }}
table {{ border-collapse: collapse; margin: 2rem 0; }}
caption, figcaption {{ text-align: left; font-weight: 600; padding-bottom: .5rem; }}
th, td {{ text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid #d7dbe0; }}
figure {{ margin: 2rem 0; }} svg {{ width: 100%; font-size: 12px; }}
.label {{ text-anchor: end; }} .tick {{ text-anchor: middle; fill: #59626c; }}
.grid {{ stroke: #e5e8ec; }} .goal {{ stroke: #1b1f24; stroke-width: 2; }}
.bar {{ fill: #3b6fb6; }} .missed {{ fill: #c25b3a; }} .error {{ stroke: #8fb0dd; }}
</style></head><body><main><h1>{title}</h1>
<p>Bars are what was measured, with one standard error; a black mark is the goal.</p>"""
