"""The five models that the package marketing-attribution-models has too, held against it on the same journeys.

Both begin with journeys that are joined already and lie in memory, a row for each touch. The package's constructor
sorts them into lists, and each of its models is summed up by channel; the SQL of int_journeys sorts them into
positions, that of int_journey_credits has the credit of each touch, and the five are summed up by channel.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb

from bench.build import printed

PACKAGE = "marketing-attribution-models==2.1.1"
MODELS = ("first_touch", "last_touch", "linear", "position_based", "time_decay")

WEIGHTED = """
    select * exclude (position, journey_length, nearest_seconds, largest_weighted_log, lead_creation_position)
    from built.intermediate.int_journeys
"""
# Of the credits only the columns that are named here are computed.
BY_CHANNEL = f"""
    select channel, {", ".join(f"sum({model}_credit * cents * value_sign / 100)" for model in MODELS)}
    from ({{credits}})
    group by channel
"""
OURS = f"""
import sys, time, duckdb
warehouse, positions, credits = sys.argv[1], *[open(path).read() for path in sys.argv[2:]]
connection = duckdb.connect()
connection.execute("set enable_progress_bar = false")
connection.execute("set TimeZone = 'UTC'")
connection.execute(f"attach '{{warehouse}}' as built (read_only)")
connection.execute('''create table weighted as {WEIGHTED}''')
started = time.perf_counter()
connection.execute(f"create table int_journeys as {{positions}}")
connection.execute(f'''create table by_channel as {BY_CHANNEL}''')
print(time.perf_counter() - started)
"""
THEIRS = """
import sys, time, polars
from mam import MAM
rows = polars.read_parquet(sys.argv[1])
started = time.perf_counter()
journeys = MAM(
    rows, "session", channels_colname="channel", journey_with_conv_colname="has_conversion",
    datetime_colname="touched_at", user_id_colname="conversion_id", conversion_value_colname="conversion_value",
)
for run in (journeys.run_first_click, journeys.run_last_click, journeys.run_linear, journeys.run_position_based,
            journeys.run_time_decay):
    run()
print(time.perf_counter() - started)
"""
# The value stands once in a journey, as its constructor adds up what it finds.
JOURNEYS = """
    select
        conversion_id, channel, touched_at, true as has_conversion,
        case when position = journey_length then cast(conversion_value_reporting as double) end as conversion_value
    from intermediate.int_journeys
"""


def installed(folder: Path) -> Path:
    """The Python of an environment of its own, with the package."""
    environment = folder / "peer"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = environment / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", PACKAGE], check=True)
    return python


def seconds(warehouse: Path, folder: Path, python: Path) -> tuple[float, float]:
    """Seconds of ours and of theirs; ``warehouse`` and ``folder`` as for `bench.build.credit_seconds`."""
    models = folder / "target" / "compiled" / "outbound_attribution" / "models" / "intermediate"
    positions, credits, rows = folder / "positions.sql", folder / "credits.sql", folder / "journeys.parquet"
    # The last step of int_journeys, over rows that have all that stands before it.
    last_step = (models / "int_journeys.sql").read_text(encoding="utf-8").split("ordered as (")[1]
    positions.write_text(last_step.rsplit(")\n", 1)[0], encoding="utf-8")
    text = (models / "int_journey_credits.sql").read_text(encoding="utf-8")
    credits.write_text(text.replace(f'"{warehouse.stem}"."intermediate".', ""), encoding="utf-8")
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute(f"copy ({JOURNEYS}) to '{rows}' (format parquet)")
    [ours] = printed(OURS, str(warehouse), str(positions), str(credits))
    [theirs] = printed(THEIRS, str(rows), python=str(python))
    rows.unlink()
    return ours, theirs
