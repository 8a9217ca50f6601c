"""`make demo`: the whole way on the sandbox, from an empty file to credit that stands in a Genesys org."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any

import typer

from cli import dashboard, dbt, terminal, write_back
from cli.arguments import choice, instant
from cli.demo_report import show
from cli.demo_warehouse import make_room
from cli.load import load_system, report
from common import settings

# The sandbox is a machine's own loopback; a real org allows 300 requests a minute.
RATE_LIMIT = 100_000
# A zone with clock changes, so that the date-only conversions around one show what the project does with them.
ZONE = {"crm_timezone": "America/New_York"}


class Crm(StrEnum):
    """The CRMs that the demo can run on."""

    salesforce = "salesforce"
    dynamics = "dynamics"

    @property
    def variables(self) -> dict[str, Any]:
        """The demo's vars; Salesforce is what the project reads by default."""
        return ZONE if self is Crm.salesforce else {**ZONE, "sources": ["genesys", self.value]}


def demo(
    crm: Crm = typer.Option(
        Crm.salesforce,
        parser=lambda text: choice(Crm, text),
        metavar="[salesforce|dynamics]",
        help="Which of the sandbox's two CRMs is read; both hold the same.",
    ),
    seed: int = typer.Option(1, help="What the sandbox's content is made from."),
    scale: float = typer.Option(1.0, min=0.001, max=100, help="Size of the sandbox."),
    as_of: str | None = typer.Option(None, help="The day (UTC) before which its content ends; default: today."),
) -> None:
    """Start the sandbox, load, build, test, write back, and show what came of it."""
    began = time.monotonic()
    variables = crm.variables
    seconds: dict[str, float] = {}
    until = instant(as_of)
    terminal.note(f"The warehouse is {settings.duckdb_path()}")
    with sandbox(seed, scale, until, seconds) as organization:
        make_room(organization)
        for source in ("genesys", crm.value):
            with terminal.step(f"load {source}", seconds):
                summary = load_system(source, variables)
            report(summary)
        dbt.build(variables, seconds, quiet=True)
        with terminal.step("write-back", seconds):
            written = write_back.send()
        with terminal.step("docs", seconds):
            dbt.dbt("docs", "generate", "--static", "--no-compile", variables=variables, quiet=True)
    with terminal.step("dashboard", seconds):
        page = dashboard.write(settings.duckdb_path().with_name(dashboard.DEFAULT_OUT.name))
    show(written, seconds, time.monotonic() - began, variables, page)
    write_back.check(written)


@contextmanager
def sandbox(seed: int, scale: float, as_of: datetime | None, seconds: dict[str, float]) -> Iterator[dict[str, str]]:
    """Run the sandbox while the block runs, with this process's settings pointing at it; gives its organization."""
    from sandbox.content import build_org
    from sandbox.server import Sandbox

    with terminal.step("sandbox", seconds):
        org = build_org(seed=seed, scale=scale, as_of=as_of)
    terminal.note(
        f"The sandbox stands for a Genesys Cloud org of {len(org.conversations):,} conversations and its CRM. "
        f"Its rate limit is raised to {RATE_LIMIT:,} requests a minute; a real org's is about 300."
    )
    with Sandbox(org, port=0, rate_limit=RATE_LIMIT) as running:
        before = dict(os.environ)
        os.environ.update(running.environment)
        os.environ.update(
            ATTRIBUTION_TARGET="duckdb",
            ATTRIBUTION_PHONE_REGION="US",
            # A proxy of the user's network knows nothing of this machine's loopback.
            NO_PROXY=",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1", "localhost"])),
        )
        try:
            yield org.organization
        finally:
            os.environ.clear()
            os.environ.update(before)
