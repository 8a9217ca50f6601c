"""`attribution run`: load, freshness gate, build, write-back; what follows a step that failed is not run."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import typer

from cli import dbt, freshness, terminal, write_back
from cli.arguments import VARS_HELP
from cli.load import load_system, report, systems
from common import lock
from common.dbt_vars import brought, dbt_vars, parse_vars, time_zone

# Exit codes by the step that failed; docs/runbook.md says what each asks for. What comes before the first step is 1.
LOAD, FRESHNESS, BUILD, WRITE_BACK, ALREADY_RUNNING = 3, 4, 5, 6, 7


@dataclass
class Report:
    """The summary line: what each step did and how the run ended."""

    began: float = field(default_factory=time.monotonic)
    started_at: str = field(default_factory=lambda: now())
    steps: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str, code: int) -> Iterator[dict[str, Any]]:
        """Time a step, and give its failure the step's exit code; what is put into the dict is in the summary."""
        entry: dict[str, Any] = {"step": name, "status": "failed"}
        self.steps.append(entry)
        begin = time.monotonic()
        try:
            yield entry
            entry["status"] = "ok"
        except Exception as error:
            error.exit_code = code  # type: ignore[attr-defined]
            raise
        finally:
            entry["seconds"] = round(time.monotonic() - begin, 1)

    def line(self, error: BaseException | None) -> str:
        """The whole as one line of JSON."""
        failed = [step["step"] for step in self.steps if step["status"] == "failed"]
        message = getattr(error, "message", None) or " ".join(str(error).split())[:400]
        return json.dumps(
            {
                "command": "run",
                "status": "ok" if error is None else "failed" if isinstance(error, Exception) else "stopped",
                "exit_code": exit_code(error),
                "failed_step": failed[0] if failed else None,
                "error": message or type(error).__name__ if error else None,
                "started_at": self.started_at,
                "finished_at": now(),
                "seconds": round(time.monotonic() - self.began, 1),
                "steps": self.steps,
            }
        )


def run(variables: str | None = typer.Option(None, "--vars", help=VARS_HELP)) -> None:
    """Load, build and write back in one go, for a scheduler.

    What follows a step that failed is not run. Between load and build it says how old each source is; the var
    late_source says whether one that is older than freshness_error_hours stops the run. Files are not loaded
    (`attribution load files` does it), and without genesys among the sources nothing is written back. One run at a
    time: a second one is refused.

    The last line on stdout is a summary in JSON. Exit codes: 0 all went well, 1 before the first step (settings), 2
    typed wrongly, 3 load, 4 freshness gate, 5 build, 6 write-back, 7 another run is under way.

    **Example**

      attribution run --vars '{crm_timezone: Europe/Berlin}'
    """
    overrides = parse_vars(variables)
    report_of_run, ended = Report(), None
    try:
        with alone():
            go(overrides, report_of_run)
    except BaseException as error:
        ended = error
        raise
    finally:
        terminal.say(report_of_run.line(ended))


def go(overrides: dict[str, Any], done: Report) -> None:
    """The steps, one after the other."""
    settings = dbt_vars(overrides)
    freshness.error_hours(settings)
    freshness.late_source(settings)
    time_zone(settings, "crm_timezone")
    found = [] if loaded_elsewhere(settings) else systems(settings)
    if overrides:
        dbt.check_vars(overrides)
    if not found:
        terminal.say(
            "load: skipped, the var sources names nothing that a run loads; `attribution load files` loads files"
        )
    for source in found:
        with done.step(f"load {source}", LOAD) as entry:
            with terminal.step(f"load {source}"):
                summary = load_system(source, overrides)
            entry["rows"] = summary.rows
        report(summary)
    with done.step("freshness gate", FRESHNESS) as entry:
        with terminal.step("freshness gate"):
            loads = freshness.gate(settings)
        entry["sources"] = {load.source: {"age_hours": load.age_hours, "late": load.is_late} for load in loads}
    for load in loads:
        terminal.say(f"{'warning: ' if load.is_late else ''}{freshness.words(load)}")
    with done.step("dbt build", BUILD):
        dbt.build(overrides)
    if "genesys" not in settings["sources"]:
        terminal.say("write-back: skipped, the var sources does not name genesys")
        return
    with done.step("write-back", WRITE_BACK) as entry:
        with terminal.step("write-back"):
            sent = write_back.send()
        entry |= write_back.counts(sent)
        write_back.report(sent)


def loaded_elsewhere(settings: dict[str, Any]) -> bool:
    """Whether all sources are files, or tables that another loader fills."""
    sources = settings["sources"]
    others = ["files", *brought(settings)]
    return isinstance(sources, list) and bool(sources) and all(source in others for source in sources)


@contextmanager
def alone() -> Iterator[None]:
    """Hold the lock; who is refused it has an exit code of its own."""
    try:
        with lock.alone("attribution run"):
            yield
    except lock.AlreadyRunning as error:
        error.exit_code = ALREADY_RUNNING
        raise


def exit_code(error: BaseException | None) -> int:
    """What the process exits with: `cli.main` gives the same."""
    if error is None:
        return 0
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    return 130 if isinstance(error, KeyboardInterrupt) else getattr(error, "exit_code", 1)


def now() -> str:
    """This instant as ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
