"""No secret, token, phone or e-mail is in what a command prints or in any file that it leaves, but the warehouse."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import parsed
import pytest
from project import BUILD_BY_ITSELF
from starlette.responses import JSONResponse

from common.settings import PROJECT_DIR

SECRET = "marked-secret-7f3a"
EMAIL = "marked.person@example.com"
PHONE = "+1 317 555 0177"
# The token of the stand-in begins with the id of its org.
MARKS = (SECRET, "00D000000000001!", EMAIL, EMAIL.upper(), PHONE, "+13175550177", "3175550177", "317-555-0177")
CSV = "touch_id,touched_at,channel,lead_id,phone,email\n"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(salesforce_org: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command in a process of its own whose every file, temporary ones too, is in this test's folder."""
    monkeypatch.setattr("sandbox.salesforce.session.SECRET", SECRET)
    for row in (salesforce_org.rows["Lead"][0], salesforce_org.rows["Contact"][0]):
        row |= {"Phone": PHONE, "MobilePhone": "317-555-0177", "Email": EMAIL}
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=PROJECT_DIR,
            env={
                **os.environ,
                "SALESFORCE_CLIENT_SECRET": SECRET,
                "TMPDIR": str(temporary),
                "DBT_TARGET_PATH": str(tmp_path / "target"),
                "DBT_LOG_PATH": str(tmp_path / "logs"),
                "DBT_PROFILES_DIR": str(PROJECT_DIR),
                "RUNTIME__LOG_LEVEL": "DEBUG",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return command


def told(tmp_path: Path, *answers: subprocess.CompletedProcess[str]) -> list[str]:
    """Where a mark stands: in which output, and in which file."""
    texts = {f"output of {answer.args[1:]}": answer.stdout + answer.stderr for answer in answers}
    for path in tmp_path.rglob("*"):
        if path.is_file() and not path.name.startswith("warehouse.duckdb") and path.suffix != ".csv":
            texts[str(path.relative_to(tmp_path))] = path.read_text(encoding="utf-8", errors="replace")
    assert len(texts) > len(answers), "no file was searched"
    return [f"{mark} in {where}" for where, text in texts.items() for mark in MARKS if mark in text]


def test_not_by_a_load_that_ends_well_or_badly_nor_by_a_build(
    salesforce_org: Any, run: Run, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, warehouse_file: Path
) -> None:
    loading = ("-m", "cli.main", "--debug", "load")
    well = run(*loading, "salesforce")
    assert well.returncode == 0, well.stderr
    # The project that test_conversion_type has parsed too: parsing reads no data.
    folders = parsed.folders(tmp_path, warehouse_file)
    project = parsed.parsed_file(parsed.shared_folder(tmp_path_factory), folders, {"sources": ["salesforce"]})
    built = run(
        *("-c", BUILD_BY_ITSELF, str(project)),
        *("--debug", "build", "--select", "+int_salesforce__contacts", "+int_marks"),
        *("--exclude-resource-type", "unit_test", "--vars", "{sources: [salesforce]}"),
    )
    assert built.returncode == 0, built.stdout[-3000:]

    # A value that nobody foresaw, an answer that is refused, a login that is refused, and bad rows of a file.
    salesforce_org.rows["Contact"][0]["SystemModstamp"] = "2026-06-20T00:00:00.000+0000"
    salesforce_org.rows["Contact"][0]["CreatedDate"] = f"{EMAIL} {PHONE}"
    unforeseen = run(*loading, "salesforce")
    plain = run("-m", "cli.main", "load", "salesforce")
    refusal = [{"errorCode": "INVALID_FIELD", "message": "no"}]
    salesforce_org.misbehave = lambda verb, path: JSONResponse(refusal, 400) if "queryAll" in path else None
    refused = run(*loading, "salesforce")
    salesforce_org.misbehave = lambda verb, path: (
        JSONResponse({"error": "invalid_client", "error_description": "invalid client credentials"}, 400)
        if "oauth2" in path
        else None
    )
    login = run(*loading, "salesforce")
    file = tmp_path / "touches.csv"
    file.write_text(CSV + f"t1,yesterday,sms,,{PHONE},{EMAIL}\nt2,2026-06-01,sms,{PHONE},{EMAIL}\n", encoding="utf-8")
    rows = run(*loading, "files", "--touches", str(file))
    failed = (unforeseen, plain, refused, login, rows)
    assert [answer.returncode for answer in failed] == [1] * len(failed)
    assert "Traceback" in unforeseen.stderr and "Traceback" in rows.stderr

    assert told(tmp_path, well, built, *failed) == []
