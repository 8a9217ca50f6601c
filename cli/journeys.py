"""The pages of `explain --html` that the dashboard's path list links to, in a folder beside it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cli.explain import SHOWN_LEFT_OUT_ON_A_PAGE, built_at, default_name
from common.errors import AttributionError
from common.warehouse import Warehouse

PATTERN = "explain_*.html"


def folder_of(out: Path) -> Path:
    """Where the journeys of the dashboard ``out`` stand."""
    return out.with_name(f"{out.stem}_journeys")


def pages(warehouse: Warehouse, settings: dict[str, Any], conversion_ids: Iterable[str], out: Path) -> dict[str, str]:
    """The page of each conversion by its id, with a link to the dashboard ``out``.

    ``settings``: the vars of the last finished build.
    """
    from explain.conversion import journey
    from explain.journey_report import journey_report
    from explain.page import page

    built, back = built_at(warehouse), f"../{_quoted(out)}"
    return {
        id: page(journey_report(journey(warehouse, id, settings), SHOWN_LEFT_OUT_ON_A_PAGE), built, back)
        for id in conversion_ids
    }


def file_names(conversion_ids: Iterable[str]) -> dict[str, str]:
    """A file name for each id, as `explain --html` names it, with a number where two ids come to one name."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for id in conversion_ids:
        first = name = default_name(id)
        number = 1
        # Not every file system tells upper from lower case.
        while name.lower() in taken:
            number += 1
            name = f"{first.removesuffix('.html')}_{number}.html"
        taken.add(name.lower())
        names[id] = name
    return names


def link(folder: Path, name: str) -> str:
    """The address of a page as seen from the dashboard, whatever characters its folder's name holds."""
    return f"{_quoted(folder)}/{quote(name, safe='')}"


def _quoted(path: Path) -> str:
    """The last part of a path as an address has it."""
    return quote(os.fsencode(path.name), safe="")


def write(folder: Path, texts: dict[str, str]) -> None:
    """Put pages (by file name) into the folder, and take away those of an earlier time; nothing else in it is touched.

    Without pages no folder is made.
    """
    try:
        if texts:
            folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        kept = {name.lower() for name in texts}
        for old in folder.glob(PATTERN):
            if old.name.lower() not in kept and (old.is_file() or old.is_symlink()):
                old.unlink()
    except OSError as error:
        raise AttributionError(
            f"The example journeys can't be written to {folder}: {error.strerror}.",
            "Name another file in --out, or leave them out with --no-journeys.",
        ) from error
