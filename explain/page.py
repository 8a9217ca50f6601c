"""A report as one HTML page that asks nothing of any network and runs no script."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from html import escape
from pathlib import Path

from explain.report import Report, Row, Table

STYLE = Path(__file__).with_name("page.css")
# A table of fewer columns fits a phone with its lines broken; of a wider one each row becomes a card there.
WIDE = 5
# On a card, texts longer than the first get two places beside one another, longer than the second a whole line.
LONGER, LONG = 15, 24


def page(report: Report, built_at: datetime | None = None, dashboard: str | None = None) -> str:
    """The whole document; ``built_at`` (UTC) is when the tables that it was made from were finished.

    ``dashboard`` is the address of the dashboard that it belongs to, if it does.
    """
    style = "\n" + STYLE.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{_text(report.title)}</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        *([f'<nav><a href="{_text(dashboard)}">Dashboard</a></nav>'] if dashboard else []),
        "<main>",
        f"<h1>{_text(report.title)}</h1>",
        *_warnings(report.warnings),
        "<dl>",
        *(f"<dt>{_text(label)}</dt><dd>{_text(text)}</dd>" for label, text in report.facts),
        "</dl>",
    ]
    for number, block in enumerate(report.blocks):
        parts.append(_table(block, f"table-{number}") if isinstance(block, Table) else f"<p>{_text(block)}</p>")
    parts += ["</main>", "<footer>"]
    if report.agreement:
        parts.append(f"<p>{_text(report.agreement)}</p>")
    if built_at:
        parts.append(f"<p>From the tables as built at {built_at:%Y-%m-%d %H:%M:%S} UTC.</p>")
    parts += ["</footer>", "</body>", "</html>"]
    return "\n".join(parts) + "\n"


def _warnings(warnings: list[str]) -> list[str]:
    if not warnings:
        return []
    head = "<p><strong>These numbers differ from a recomputation from what was loaded.</strong></p>"
    return ['<div class="note" role="alert">', head, *(f"<p>{_text(each)}</p>" for each in warnings), "</div>"]


def _table(table: Table, id: str) -> str:
    numbers = [column in table.right for column in table.columns]
    lengths = [max((len(row.cells[at]) for row in table.rows), default=0) for at in range(len(table.columns))]
    classes = [
        _class(number, "long" if length > LONG else "longer" if length > LONGER else "")
        for number, length in zip(numbers, lengths, strict=True)
    ]
    # Roles, since a table that is laid out as cards is none to some screen readers.
    head = "".join(
        f'<th role="columnheader" scope="col"{_class(number)}>{_text(column)}</th>'
        for column, number in zip(table.columns, numbers, strict=True)
    )
    wide = " wide" if len(table.columns) >= WIDE else ""
    # What scrolls has to be reachable by the keyboard, and named.
    return "\n".join(
        [
            "<section>",
            f'<h2 id="{id}">{_text(table.title)}</h2>',
            f'<div class="scroll{wide}" role="region" tabindex="0" aria-labelledby="{id}">',
            f'<table role="table" aria-labelledby="{id}">',
            f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>',
            '<tbody role="rowgroup">',
            *(_row(row, table.columns, classes) for row in table.rows),
            "</tbody></table></div>",
            f"<p>{_text(table.rest)}</p></section>" if table.rest else "</section>",
        ]
    )


def _row(row: Row, columns: tuple[str, ...], classes: list[str]) -> str:
    cells = []
    for column, cell, kind in zip(columns, row.cells, classes, strict=True):
        bar = _bar(row.share) if column == "credit" and row.share is not None else ""
        cells.append(f'<td role="cell" data-column="{_text(column)}"{kind}>{_text(cell)}{bar}</td>')
    strong = ' class="strong"' if row.strong else ""
    return f'<tr role="row"{strong}>{"".join(cells)}</tr>'


def _class(number: bool, length: str = "") -> str:
    kinds = " ".join(filter(None, ("number" if number else "", length)))
    return f' class="{kinds}"' if kinds else ""


def _bar(share: float) -> str:
    """The share as a bar; a reader who can't see it has the number beside it."""
    width = max(0.0, min(1.0, share)) * 100
    return (
        '<svg class="bar" viewBox="0 0 100 7" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="all" width="100" height="7"/><rect class="part" width="{width:.2f}" height="7"/></svg>'
    )


def _text(text: str) -> str:
    return escape(text, quote=True)
