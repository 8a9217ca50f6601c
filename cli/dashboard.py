"""`attribution dashboard`: what the marts hold, as one HTML file."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Any

import typer

from cli import journeys, terminal
from cli.freshness import hours, last_loads
from cli.settings_of_build import last_build
from common.errors import AttributionError
from common.warehouse import Warehouse, connect
from common.words import number

DEFAULT_OUT = Path("dashboard.html")


def dashboard(
    out: Path = typer.Option(DEFAULT_OUT, "--out", metavar="FILE", help="Where to write it."),
    no_journeys: bool = typer.Option(
        False, "--no-journeys", help="Without the folder of example journeys that its paths link to."
    ),
    open_it: bool = typer.Option(False, "--open", help="Open it in the browser."),
) -> None:
    """Write the dashboard, one HTML file that opens anywhere.

    Campaigns by touch sequence, return on investment, the models side by side, agents, paths, data quality. It holds
    sums, no person, and asks no network for anything. The settings are those of the last finished build.

    Beside it, in a folder FILE_journeys, goes the page of `attribution explain` for one example of each of the
    commonest paths. These are about single persons, by their keys and lead ids; the file works without them.

    **Examples**

      attribution dashboard --out /srv/reports/attribution.html

      attribution dashboard --no-journeys
    """
    with terminal.step("reading the marts" if no_journeys else "reading the marts, and journeys as examples"):
        written = write(out, with_journeys=not no_journeys)
    terminal.say(f"{written} ({written.stat().st_size / 1_000_000:.1f} MB)")
    if not no_journeys and (folder := journeys.folder_of(written)).is_dir():
        terminal.say(f"{folder} ({number(len(list(folder.glob(journeys.PATTERN))), 'example journey')})")
    if open_it and not webbrowser.open(written.as_uri()):
        raise AttributionError("No browser could be opened.", f"Open {written} yourself.")


def write(out: Path = DEFAULT_OUT, with_journeys: bool = True) -> Path:
    """Read the marts and write the file, and its example journeys beside it; returns the file's absolute path."""
    from dashboard.examples import shown_at_first, with_links
    from dashboard.page import page
    from dashboard.query import read

    out = out.absolute()
    if not out.parent.is_dir():
        raise AttributionError(f"There is no folder {out.parent}.", "Make it, or name another file in --out.")
    with connect(read_only=True) as warehouse:
        settings = last_build(warehouse)
        content = read(warehouse, settings, freshness(warehouse, settings))
        texts = journeys.pages(warehouse, settings, shown_at_first(content), out) if with_journeys else {}
    folder, names = journeys.folder_of(out), journeys.file_names(texts)
    content = with_links(content, {id: journeys.link(folder, name) for id, name in names.items()})
    try:
        out.write_text(page(content), encoding="utf-8")
    except OSError as error:
        raise AttributionError(f"{out} can't be written: {error.strerror}.", "Name another file in --out.") from error
    if with_journeys:
        journeys.write(folder, {names[id]: text for id, text in texts.items()})
    return out


def freshness(warehouse: Warehouse, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """When each source was last loaded well, in words; see ``dashboard.query.read``."""
    return [
        {
            "source": load.source,
            "loaded_at": f"{load.loaded_at:%Y-%m-%d %H:%M} UTC" if load.loaded_at else None,
            "age": hours(load.age) if load.age is not None else None,
            "is_late": load.is_late,
        }
        for load in last_loads(warehouse, settings)
    ]
