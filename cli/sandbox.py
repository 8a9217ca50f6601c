"""`attribution sandbox`: a Genesys Cloud org and two CRMs, Salesforce and Dynamics 365, on one loopback port."""

from __future__ import annotations

import typer

from cli.arguments import instant


def sandbox(
    port: int = typer.Option(0, min=0, max=65535, help="Port on loopback; 0 picks a free one."),
    rate_limit: int = typer.Option(300, min=1, help="Requests a minute that a client may make, as in Genesys Cloud."),
    faults: int | None = typer.Option(None, help="Inject faults, by this seed: 429, 500, cut answers and more."),
    seed: int = typer.Option(1, help="What the content is made from."),
    scale: float = typer.Option(1.0, min=0.001, max=100, help="Size; 1 is 12,000 conversations and 700 conversions."),
    as_of: str | None = typer.Option(None, help="The day (UTC) before which the content ends; default: today."),
    availability: str | None = typer.Option(
        None, hidden=True, help="Instant up to which the details jobs have data; for tests."
    ),
) -> None:
    """Run a Genesys Cloud, a Salesforce and a Dynamics 365 org on loopback.

    Prints the settings that point the other commands at it as export lines, and stops on Ctrl-C.

    **Example**

      attribution sandbox --port 8080 --scale 0.1
    """
    day, watermark = instant(as_of), instant(availability)

    from sandbox.content import build_org
    from sandbox.server import serve

    serve(
        build_org(seed=seed, scale=scale, as_of=day),
        port=port,
        rate_limit=rate_limit,
        faults=faults,
        availability=watermark,
        notes=[
            "A file of its own keeps the sandbox's data apart from yours:",
            "export ATTRIBUTION_DUCKDB_PATH=sandbox.duckdb",
            "Its CRM is in America/New_York: give load, run, doctor and dbt build",
            "  --vars '{crm_timezone: America/New_York}'",
            "Dynamics 365 holds the same leads and sales as Salesforce; to read it in Salesforce's place:",
            "  --vars '{crm_timezone: America/New_York, sources: [genesys, dynamics]}'",
            f"It takes {rate_limit} requests a minute from each client; --rate-limit sets that.",
        ],
    )
