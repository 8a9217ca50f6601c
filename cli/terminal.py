"""How every command talks: tables and sentences on stdout, progress and errors on stderr, plain lines in a log."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from cli.grid import Grid

# A log or a pipe has no width of its own: no table comes near this one.
LOG_WIDTH = 10_000
# Seconds between the lines of something that takes long, where there is no terminal for a bar.
LINE_INTERVAL = 10.0


def out() -> Console:
    """Where results go."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else LOG_WIDTH)


def err() -> Console:
    """Where progress and errors go."""
    return Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else LOG_WIDTH)


def say(text: str = "", style: str | None = None) -> None:
    """One line of a result; never read as Rich's markup, never broken where stdout is no terminal."""
    out().print(Text(text, style=style or ""), soft_wrap=not sys.stdout.isatty())


def note(text: str, style: str | None = None) -> None:
    """One line of progress: as it is on a terminal, as a dated log line elsewhere."""
    if sys.stderr.isatty():
        err().print(Text(text, style=style or ""))
    else:
        print(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {text}", file=sys.stderr, flush=True)


def fail(message: str, remedy: str) -> None:
    """An error as a red sentence on stderr, and what to do about it below."""
    console = err()
    console.print(Text(message, style="bold red"), soft_wrap=True)
    if remedy:
        console.print(Text(remedy), soft_wrap=True)


@contextmanager
def step(name: str, seconds: dict[str, float] | None = None) -> Iterator[None]:
    """Say that ``name`` begins, and how long it took once it ended well; kept in ``seconds`` where one is given."""
    note(f"{name} ...")
    begin = time.monotonic()
    yield
    took = time.monotonic() - begin
    if seconds is not None:
        seconds[name] = took
    note(f"{name}: done in {took:.1f} s", "green")


@contextmanager
def counter(name: str) -> Iterator[Callable[[int, int], None]]:
    """Gives a function to call with (done, of how many): a bar on a terminal, a line now and then elsewhere."""
    if sys.stderr.isatty():
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=err(), transient=True
        ) as bar:
            task = bar.add_task(name, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
        return
    last = time.monotonic()

    def line(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= LINE_INTERVAL:
            last = time.monotonic()
            note(f"{name}: {done:,} of {total:,}")

    yield line


def show(grid: Grid) -> None:
    """A table, as wide as the terminal has room for; elsewhere as wide as it is."""
    grid.show(out())


def set_up_logging() -> None:
    """What this project's parts log is for the user (a wait for the rate limit, say); of libraries only warnings."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    for name in ("ingestion", "write_back"):
        logging.getLogger(name).setLevel(logging.INFO)
