"""What each command says of a warehouse that it can't open, and of settings and vars without sense."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli import dbt as cli_dbt
from common.errors import AttributionError
from common.settings import PROJECT_DIR

HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
CLIENTS = {
    "GENESYSCLOUD_BASE_URL": "http://127.0.0.1:9",
    "GENESYSCLOUD_OAUTHCLIENT_ID": "a",
    "GENESYSCLOUD_OAUTHCLIENT_SECRET": "b",
    "SALESFORCE_INSTANCE_URL": "http://127.0.0.1:9",
    "SALESFORCE_CLIENT_ID": "a",
    "SALESFORCE_CLIENT_SECRET": "b",
}
COMMANDS = (
    ("load", "genesys"),
    ("load", "salesforce"),
    ("run",),
    ("write-back",),
    ("write-back", "--dry-run"),
    ("explain", "c1"),
    ("doctor",),
)
Answers = dict[tuple[str, ...], subprocess.CompletedProcess[str]]


def answers(attribution: Any, warehouse: Path) -> Answers:
    """What every command says of this warehouse."""
    return {command: attribution(*command, warehouse=warehouse, **CLIENTS) for command in COMMANDS}


@pytest.fixture(scope="module")
def of_a_locked_file(attribution: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, Answers]:
    """The file, the process that holds it, and what is said of it."""
    warehouse = tmp_path_factory.mktemp("locked") / "w.duckdb"
    with held(warehouse) as holder:
        return warehouse, holder, answers(attribution, warehouse)


@contextmanager
def held(warehouse: Path) -> Iterator[int]:
    """Another process has the file open while the block runs; gives its id."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None and holder.stdin is not None
        assert holder.stdout.readline() == b"open\n"
        yield holder.pid
        holder.stdin.close()


@pytest.fixture(scope="module")
def of_another_file(attribution: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answers]:
    warehouse = tmp_path_factory.mktemp("other") / "notes.duckdb"
    warehouse.write_text("Once upon a time there was a file that was no database at all.\n" * 400)
    return warehouse, answers(attribution, warehouse)


def said_by(answer: subprocess.CompletedProcess[str], code: int = 1) -> str:
    """What a command that failed with this exit code said, as one line; never a traceback."""
    assert answer.returncode == code, answer
    said = answer.stdout + answer.stderr
    assert "Traceback" not in said
    assert "Nobody foresaw" not in said
    return " ".join(said.split())


def code_of(command: tuple[str, ...]) -> int:
    """`run` fails with the code of its first step, which is the load; others with 1."""
    return 3 if command == ("run",) else 1


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_locked_file_is_named_with_who_holds_it_and_what_to_do(
    of_a_locked_file: tuple[Path, int, Answers], command: tuple[str, ...]
) -> None:
    warehouse, holder, all_answers = of_a_locked_file
    said = said_by(all_answers[command], code_of(command))
    assert f"{warehouse} is in use by process {holder} (" in said
    assert "Wait until it has finished, or close it there; then try again." in said


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_file_that_is_not_duckdb_s_is_named_and_left_alone(
    of_another_file: tuple[Path, Answers], command: tuple[str, ...]
) -> None:
    warehouse, all_answers = of_another_file
    said = said_by(all_answers[command], code_of(command))
    assert f"{warehouse} is not a DuckDB file." in said
    assert "Name another file in ATTRIBUTION_DUCKDB_PATH, or move this one away." in said
    assert warehouse.read_text().startswith("Once upon a time")


@pytest.mark.parametrize(
    ("command", "settings", "said"),
    [
        (("load", "genesys"), {"ATTRIBUTION_TARGET": "oracle"}, "ATTRIBUTION_TARGET is 'oracle'. It is duckdb or"),
        (("explain", "c1"), {"ATTRIBUTION_TARGET": "duck db"}, "ATTRIBUTION_TARGET is 'duck db'. It is duckdb or"),
        (("load", "salesforce"), {"ATTRIBUTION_PHONE_REGION": "Mars"}, "ATTRIBUTION_PHONE_REGION is 'MARS', which"),
        (
            ("load", "genesys"),
            {"GENESYSCLOUD_REGION": "us-moon-1", "GENESYSCLOUD_BASE_URL": ""},
            "GENESYSCLOUD_REGION is 'us-moon-1', which is neither a region nor a domain. It is one of us-east-1,",
        ),
        (
            ("load", "genesys"),
            {"GENESYSCLOUD_BASE_URL": "api.mypurecloud.com"},
            "GENESYSCLOUD_BASE_URL is 'api.mypurecloud.com', which is no address. It begins with https://",
        ),
        (
            ("load", "salesforce"),
            {"SALESFORCE_INSTANCE_URL": "acme"},
            "SALESFORCE_INSTANCE_URL is 'acme', which is no address. It begins with https://",
        ),
        (
            ("load", "salesforce"),
            {"SALESFORCE_INSTANCE_URL": "https://[acme"},
            "SALESFORCE_INSTANCE_URL is 'https://[acme', which is no address. It begins with https://",
        ),
        (
            ("load", "salesforce"),
            {"SALESFORCE_INSTANCE_URL": "https://acme.example:port"},
            "SALESFORCE_INSTANCE_URL is 'https://acme.example:port', which is no address.",
        ),
        (("load", "genesys", "--vars", "{genesys_attributes: 5}"), {}, "The var genesys_attributes is 5."),
        (
            ("load", "genesys", "--vars", "{genesys_attributes: [a, b]}"),
            {},
            "The var genesys_attributes is ['a', 'b'].",
        ),
        (("load", "--vars", "{sources: [genesys, genesys]}"), {}, "The var sources is ['genesys', 'genesys']."),
        (("load", "--vars", "{sources: {genesys: 1}}"), {}, "The var sources is {'genesys': 1}."),
        (("run", "--vars", "{freshness_error_hours: .nan}"), {}, "The var freshness_error_hours is nan."),
        (("run", "--vars", "{freshness_error_hours: .inf}"), {}, "The var freshness_error_hours is inf."),
        (("doctor", "--vars", "{freshness_error_hours: .nan}"), {}, "The var freshness_error_hours is nan."),
        (("doctor", "--vars", "{crm_timezone: [UTC]}"), {}, "['UTC'], which is no IANA time zone"),
        (("load", "--vars", "{sources: ["), {}, "--vars is no YAML"),
    ],
)
def test_a_setting_without_sense_is_named_with_what_it_may_be(
    attribution: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
    command: tuple[str, ...],
    settings: dict[str, str],
    said: str,
) -> None:
    assert said in said_by(attribution(*command, warehouse=tmp_path / "w.duckdb", **{**CLIENTS, **settings}))


def test_dbt_names_the_targets_that_it_has(dbt: Any, tmp_path: Path) -> None:
    answer = dbt("debug", warehouse=tmp_path / "w.duckdb", ATTRIBUTION_TARGET="oracle")
    assert answer.returncode == 1
    assert "does not have a target named 'oracle'. The valid target names for this profile are:" in answer.stdout


def test_a_setting_that_is_set_to_nothing_counts_as_not_set(dbt: Any, tmp_path: Path) -> None:
    for name in ("dbt_project.yml", "profiles.yml"):
        (tmp_path / name).symlink_to(PROJECT_DIR / name)
    answer = dbt("debug", warehouse="", ATTRIBUTION_TARGET="", project=tmp_path)
    assert "path: warehouse.duckdb" in answer.stdout
    assert "Connection test: [OK connection ok]" in answer.stdout
    # A database in memory would have been as happy, and gone afterwards.
    assert (tmp_path / "warehouse.duckdb").exists()


def test_run_says_who_came_between_load_and_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with held(tmp_path / "w.duckdb") as holder:
        monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(tmp_path / "w.duckdb"))
        with pytest.raises(AttributionError, match=f"is in use by process {holder} "):
            cli_dbt.build()
