"""What the webhook acknowledged comes into raw_webhook once, whatever is killed."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cli.checks import webhook
from ingestion.webhook import load_webhook
from ingestion.webhook.event import content
from ingestion.webhook.inbox import Delivery, Inbox, Verdict

EVENT = {"lead_id": "SECRET-LEAD", "converted_at": "2026-06-01T14:00:00.1234567+02:00", "conversion_value": 12.5}


@pytest.fixture
def warehouse_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A warehouse of the test's own, with the inbox beside it."""
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(tmp_path / "w.duckdb"))
    return tmp_path / "w.duckdb"


def put(folder: Path, *ids: str) -> list[Verdict]:
    """Put events of these ids into the inbox, each under a signature of its own."""
    deliveries = [
        Delivery(each, content({"event_id": each, **EVENT}), f"{each} {time.time_ns()}".encode(), time.time() + 99)
        for each in ids
    ]
    with Inbox(folder / "w.inbox.sqlite") as inbox:
        return inbox.keep(deliveries, time.time())


def loaded(file: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.execute(
            "select event_id, lead_id, cast(converted_at as varchar), cast(conversion_value as varchar), conversion_id"
            " from raw_webhook.events order by 1"
        ).fetchall()


def test_a_load_moves_each_event_once_and_empties_the_inbox(warehouse_file, monkeypatch):
    assert load_webhook().notes[0].startswith("There is no inbox")
    put(warehouse_file.parent, "e1", "e2")

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Inbox, "moved", killed)
        with pytest.raises(KeyboardInterrupt):
            load_webhook()
    assert put(warehouse_file.parent, "e2", "e3") == [Verdict.KNOWN, Verdict.ACCEPTED]
    assert load_webhook().rows == {"events": 3}
    row = ("SECRET-LEAD", "2026-06-01 12:00:00.123456+00", "12.5000", None)
    assert loaded(warehouse_file) == [(each, *row) for each in ("e1", "e2", "e3")]

    assert put(warehouse_file.parent, "e1") == [Verdict.KNOWN]
    assert load_webhook().rows.get("events", 0) == 0 and len(loaded(warehouse_file)) == 3
    files = list(warehouse_file.parent.glob("w.inbox.sqlite*"))
    assert files and not any(b"SECRET-LEAD" in file.read_bytes() for file in files)


def test_doctor_says_what_waits_and_what_is_wrong(warehouse_file, monkeypatch):
    def seen() -> list[tuple[str, str]]:
        return [(check.status, check.detail) for check in webhook.checks()]

    assert seen()[0][0] == "warn" and "no event has come" in seen()[0][1]
    put(warehouse_file.parent)
    assert seen() == [("ok", "no event waits for a load")]
    put(warehouse_file.parent, "e1", "e2")
    assert seen() == [("ok", "2 events wait for the next load")]
    with Inbox(warehouse_file.parent / "w.inbox.sqlite") as inbox:
        inbox.connection.execute("update events set received_at = '2026-01-02T03:04:05+00:00'")
    assert seen() == [("warn", "2 events wait for a load, the oldest since 2026-01-02 03:04 UTC")]
    monkeypatch.setenv("ATTRIBUTION_WEBHOOK_SECRET", "short")
    (warehouse_file.parent / "w.inbox.sqlite").write_text("no database, however long it is" * 100)
    assert [status for status, _ in seen()] == ["fail", "fail"]


def test_nothing_acknowledged_is_lost_and_nothing_else_is_let_in():
    # By its path: there is another soak among the tests.
    spec = importlib.util.spec_from_file_location("webhook_soak", Path(__file__).with_name("soak.py"))
    assert spec and spec.loader
    soak = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(soak)
    counts = soak.run(seconds=2, seed=11)
    assert counts["webhook killed"] >= 1 and counts["acknowledged"] > 20
    assert counts["acknowledged and lost"] == counts["doubled"] == counts["let in"] == counts["answered wrongly"] == 0
