"""Exits 1 and says what there is, where the last build has findings of severity error. Changes nothing.

Run it in the project's folder with the project's own Python: ``.venv/bin/python examples/alerts/findings.py``. It
reads the warehouse that ATTRIBUTION_TARGET and ATTRIBUTION_DUCKDB_PATH name, as every command does.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from common.errors import AttributionError
from common.warehouse import connect
from common.words import number

FINDINGS = """
    select finding, source, count(*) as records, sum(value_at_stake) as value_at_stake, min(detail) as example
    from reports.rpt_data_quality
    where severity = 'error'
    group by finding, source
    order by finding, source
"""


def main() -> int:
    """0: no finding of severity error. 1: there are some, one line each. 2: the warehouse could not be read."""
    try:
        with connect(read_only=True) as warehouse:
            if not warehouse.exists("reports", "rpt_data_quality"):
                raise AttributionError("The warehouse has no reports.rpt_data_quality.", "Run `dbt build` first.")
            found = warehouse.query(FINDINGS)
    except AttributionError as error:
        print(error, file=sys.stderr)
        return 2
    for row in found:
        stake = "" if row["value_at_stake"] is None else f", {row['value_at_stake']:,.2f} at stake"
        print(f"{row['finding']} ({row['source']}): {number(row['records'], 'record')}{stake}. {row['example']}")
    kinds = number(len(found), "kind of findings", "kinds of findings")
    print(f"{kinds} with severity error in reports.rpt_data_quality")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
