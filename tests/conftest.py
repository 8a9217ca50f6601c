"""What every test stands on: no setting of the developer's own machine reaches a test."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

OWN_SETTINGS = ("ATTRIBUTION_", "GENESYSCLOUD_", "SALESFORCE_", "DYNAMICS_", "SNOWFLAKE_")


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests set what they need themselves; what the shell has exported stays outside."""
    for name in [name for name in os.environ if name.startswith(OWN_SETTINGS)]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def manifest_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[str]], Any]:
    """``manifest_of(sources)``: the project as it is parsed for these sources, once for all processes."""

    def read(sources: Sequence[str]) -> Any:
        # It imports dbt, which takes seconds.
        import parsed

        shared = parsed.shared_folder(tmp_path_factory)
        environment = parsed.folders(shared, shared / "warehouse.duckdb")
        return parsed.read(parsed.parsed_file(shared, environment, {"sources": sources}))

    return read


@pytest.fixture(scope="session")
def run_dbt(manifest_of: Callable[[Sequence[str]], Any]) -> Callable[..., str]:
    """``run_dbt(file, *arguments, **variables)``: dbt over a file called warehouse.duckdb, in this process.

    The folders target and logs are beside the file. Returns what dbt said, raises with that where it failed.
    """

    def run(file: Path, *arguments: str, **variables: Any) -> str:
        import parsed

        assert file.name == "warehouse.duckdb"
        given = [*arguments, *parsed.QUIET, "--vars", json.dumps(variables)]
        ended = parsed.run(manifest_of(variables["sources"]), parsed.folders(file.parent, file), given)
        said = "\n".join(ended.said)
        assert ended.code == 0, said[-6000:]
        return said

    return run
