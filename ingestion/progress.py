"""What a load shows while it runs: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection

from dlt.common.runtime.collector import Collector
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from common.words import number

# Counts that say nothing to a user.
UNTOLD = ("Resources", "completed_loads", "full_read")
# A resource that takes long says so at this interval, in seconds.
LINE_INTERVAL = 10.0


# dlt's steps in plain words; it calls them "Extract genesys", "Normalize genesys in 1795502395.06", and so on.
STEPS = {"Extract": "reading", "Normalize": "preparing", "Load": "storing"}


def step_name(step: str) -> str:
    """``Extract genesys`` → ``reading genesys``."""
    verb, _, rest = step.partition(" ")
    return f"{STEPS.get(verb, verb)} {rest.split(' in ')[0]}"


def collector(untold: Collection[str] = ()) -> Collector:
    """Bars where standard error is a terminal, else lines on standard error; none for the tables ``untold``."""
    return Bars(untold) if sys.stderr.isatty() else Lines(untold)


class Bars(Collector):
    """One bar per table that is read, and one per count of files and jobs after that."""

    def __init__(self, untold: Collection[str] = ()) -> None:
        self.untold = {*UNTOLD, *untold}
        self.progress: Progress | None = None
        self.tasks: dict[str, int] = {}

    def _start(self, step: str) -> None:
        self.tasks = {}
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self.progress.start()

    def _stop(self) -> None:
        if self.progress:
            self.progress.stop()
        self.progress = None

    def update(
        self,
        name: str,
        inc: int = 1,
        total: int | None = None,
        inc_total: int | None = None,
        message: str | None = None,
        label: str | None = None,
    ) -> None:
        if self.progress is None or name in self.untold or name.startswith("_dlt"):
            return
        description = f"{step_name(self.step)}: {name}{f' {label.lower()}' if label else ''}"
        if description not in self.tasks:
            self.tasks[description] = self.progress.add_task(description, total=total)
        elif inc_total:
            task = self.progress.tasks[self.tasks[description]]
            self.progress.update(task.id, total=(task.total or 0) + inc_total)
        self.progress.advance(self.tasks[description], inc)


class Lines(Collector):
    """One line per table once it is read, and one every few seconds for a table that takes long."""

    def __init__(self, untold: Collection[str] = ()) -> None:
        self.untold = {*UNTOLD, *untold}
        self.counts: dict[str, int] = {}
        self.last_line: dict[str, float] = {}
        self.reading = False

    def _start(self, step: str) -> None:
        self.reading = step.startswith("Extract")
        self.counts, self.last_line = {}, {}

    def _stop(self) -> None:
        for name, count in self.counts.items():
            self._line(f"{name}: {number(count, 'row')}")
        self.counts = {}

    def update(
        self,
        name: str,
        inc: int = 1,
        total: int | None = None,
        inc_total: int | None = None,
        message: str | None = None,
        label: str | None = None,
    ) -> None:
        if not self.reading or name in self.untold or name.startswith("_dlt"):
            return
        now = time.monotonic()
        self.counts[name] = self.counts.get(name, 0) + inc
        if inc and now - self.last_line.setdefault(name, now) >= LINE_INTERVAL:
            self.last_line[name] = now
            self._line(f"{name}: {number(self.counts[name], 'row')} so far")

    def _line(self, text: str) -> None:
        print(f"{step_name(self.step)}: {text}", file=sys.stderr, flush=True)
