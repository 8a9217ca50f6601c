"""Seeds are read by the names in their header, also where their table is there already."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from common.settings import PROJECT_DIR


def test_columns_in_another_order_reach_the_columns_they_name(tmp_path: Path) -> None:
    for folder in ("models", "macros", "seeds"):
        shutil.copytree(PROJECT_DIR / folder, tmp_path / folder)
    shutil.copytree(PROJECT_DIR / "tests" / "generic", tmp_path / "tests" / "generic")
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT_DIR / name, tmp_path / name)
    warehouse = tmp_path / "warehouse.duckdb"

    def seed() -> None:
        subprocess.run(
            [
                *(sys.executable, "-c", "import sys; sys.argv[0] = 'dbt'; from dbt.cli.main import cli; cli()"),
                *("--quiet", "seed", "--select", "campaign_aliases"),
            ],
            cwd=tmp_path,
            env={**os.environ, "ATTRIBUTION_DUCKDB_PATH": str(warehouse), "DBT_PROFILES_DIR": str(tmp_path)},
            check=True,
            capture_output=True,
        )

    seed()
    header = (tmp_path / "seeds" / "campaign_aliases.csv").read_text(encoding="utf-8").strip().split(",")
    assert header == ["outbound_campaign_id", "campaign_id"]
    (tmp_path / "seeds" / "campaign_aliases.csv").write_text(
        "campaign_id,outbound_campaign_id\nspring,dialer-1\n", encoding="utf-8"
    )
    seed()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute("select outbound_campaign_id, campaign_id from seeds.campaign_aliases").fetchall()
    assert rows == [("dialer-1", "spring")]
