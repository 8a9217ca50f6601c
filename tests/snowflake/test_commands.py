"""The commands by ATTRIBUTION_TARGET=snowflake: load through dlt's own driver, then what reads and writes rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from both import StandIn, point_at
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from typer.testing import CliRunner

from cli.checks.local import key_pair_check
from cli.main import app
from common import settings
from common.errors import AttributionError
from common.warehouse import connect
from explain.lookup import tables
from ingestion.files import load_files
from write_back import ledger

PASSPHRASE = "only here"


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key pair's private half as docs/snowflake.md has it made."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = tmp_path_factory.mktemp("key") / "key.p8"
    sealed = serialization.BestAvailableEncryption(PASSPHRASE.encode())
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed))
    return file


@pytest.fixture
def on_snowflake(stand_in: StandIn, key_file: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """The stand-in, opened with the key pair, in a database of this module's own."""
    environment = {**stand_in.environment, "SNOWFLAKE_DATABASE": "commands"}
    del environment["SNOWFLAKE_PASSWORD"]
    environment |= {
        "SNOWFLAKE_PRIVATE_KEY_PATH": str(key_file),
        "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": PASSPHRASE,
    }
    point_at(environment, monkeypatch)
    return stand_in


def test_files_are_loaded_and_loaded_again(on_snowflake: StandIn, tmp_path: Path) -> None:
    touches = tmp_path / "touches.csv"
    header = "touch_id,touched_at,channel,lead_id,cost\n"
    touches.write_text(header + "t1,2026-01-05T10:00:00Z,sms,L1,0.5\nt2,2026-01-06,letter,L1,\n")
    load_files(touches=touches)
    touches.write_text(header + "t1,2026-01-05T11:00:00Z,email,L1,0.75\n")
    load_files(touches=touches)
    with connect() as warehouse:
        found = warehouse.query(
            "select touch_id, channel, cost, touched_at, touched_on from raw_files.touches order by touch_id"
        )
        loads = warehouse.query("select count(*) as loads from raw_files.completed_loads")
        assert {"raw_files.touches", "raw_files.completed_loads"} <= tables(warehouse)
    assert [(row["touch_id"], row["channel"]) for row in found] == [("t1", "email"), ("t2", "letter")]
    assert str(found[0]["cost"]).startswith("0.75") and found[0]["touched_at"].hour == 11
    assert str(found[1]["touched_on"]) == "2026-01-06"
    assert loads == [{"loads": 2}]


def test_every_session_is_the_key_pairs(on_snowflake: StandIn) -> None:
    begun = len(on_snowflake.written("logins.jsonl"))
    with connect():
        pass
    [login] = on_snowflake.written("logins.jsonl", begun)
    assert login["AUTHENTICATOR"] == "SNOWFLAKE_JWT" and login["TOKEN"] and not login["has_password"]
    assert login["query"]["roleName"] == "transformer" and login["query"]["warehouse"] == "transforming"
    assert login["session"]["TIMEZONE"] == "UTC" and "outbound_attribution" in login["session"]["QUERY_TAG"]
    assert key_pair_check().status == "ok"


def test_what_was_written_back_is_kept(on_snowflake: StandIn) -> None:
    entry = ledger.Entry("custom_attributes", "r1", "c1", "s1", "hash", 3, ledger.now(), ledger.SENT, None)
    with connect() as warehouse:
        ledger.make_tables(warehouse)
        ledger.write(warehouse, [entry])
        ledger.write(warehouse, [entry])
        assert list(ledger.read(warehouse, "custom_attributes", "s1")) == ["r1"]
        assert warehouse.query("select count(*) as n from write_back.ledger") == [{"n": 1}]


def test_a_password_is_warned_of(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    point_at(stand_in.environment, monkeypatch)
    settings._warn_of_password.cache_clear()
    assert settings.snowflake()["SNOWFLAKE_PASSWORD"]
    assert "key pair" in caplog.text
    assert key_pair_check().status == "warn"


def test_compare_exits_with_1_where_a_cell_differs(
    on_snowflake: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "w.duckdb"
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(file))
    make = "create or replace table marts.fct_touches as select 't1' as touch_id, cast(0.5 as double) as cost"
    for target in ("duckdb", "snowflake"):
        with connect(target=target) as warehouse:
            warehouse.execute("create schema if not exists marts")
            warehouse.execute(make)
    same = CliRunner().invoke(app, ["compare", "--against", "snowflake"])
    assert (same.exit_code, same.stdout.strip()) == (0, "compared 1 table, 1 row, 2 cells; 0 rows differ")
    with connect(target="duckdb") as warehouse:
        warehouse.execute("update marts.fct_touches set cost = 0.5001")
    other = CliRunner().invoke(app, ["compare"])
    assert other.exit_code == 1 and "marts.fct_touches: 1 row differs" in other.stdout


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"SNOWFLAKE_PRIVATE_KEY_PATH": ""}, "SNOWFLAKE_PRIVATE_KEY_PATH is not set"),
        ({"SNOWFLAKE_PRIVATE_KEY_PATH": "/no/such/key.p8"}, "/no/such/key.p8"),
        ({"SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": "another"}, "Snowflake can't be opened"),
        ({"SNOWFLAKE_DATABASE": ""}, "SNOWFLAKE_DATABASE is not set"),
    ],
)
def test_what_is_missing_is_said(
    on_snowflake: StandIn, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], said: str
) -> None:
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(AttributionError, match=said), connect():
        pass
