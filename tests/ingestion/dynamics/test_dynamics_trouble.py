"""What a Dynamics 365 load survives, and what it stops at with a sentence and nothing half-loaded."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from common import settings
from common.errors import AttributionError
from common.warehouse import connect
from ingestion.dynamics import RAW_TABLES
from ingestion.dynamics import client as dynamics_client
from ingestion.dynamics.client import Client
from ingestion.pipeline import run_source
from sandbox.content import build_org
from sandbox.server import Sandbox


def refusal(status: int, code: str, message: str = "about it") -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status)


def failing(part: str, answer: Response, times: int = 10**6) -> Callable[[str], Response | None]:
    """Answer requests that have ``part`` in them with ``answer``, so many times."""
    left = [times]

    def misbehave(path: str) -> Response | None:
        if part not in path or left[0] == 0:
            return None
        left[0] -= 1
        return answer

    return misbehave


def failure(**options: Any) -> AttributionError:
    with pytest.raises(AttributionError) as caught:
        run_source("dynamics", **options)
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DYNAMICS_CLIENT_SECRET", "wrong", "Entra ID does not accept DYNAMICS_CLIENT_SECRET"),
        ("DYNAMICS_CLIENT_ID", "nobody", "Entra ID does not accept DYNAMICS_CLIENT_ID"),
        ("DYNAMICS_TENANT_ID", "elsewhere", "Entra ID does not accept DYNAMICS_TENANT_ID"),
        ("DYNAMICS_URL", "acme", "DYNAMICS_URL is 'acme', which is no address"),
        ("DYNAMICS_CLIENT_ID", "sandbox-weak", "the application user lacks prvReadOpportunity"),
        ("DYNAMICS_CLIENT_ID", "sandbox-narrow", "the application user lacks prvReadLead"),
    ],
)
def test_a_wrong_setting_or_a_missing_privilege_is_named(
    dynamics_org: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    assert says in failure().message


def test_missing_settings_are_named_all_at_once(warehouse_file: Path) -> None:
    message = failure().message
    for name in ("DYNAMICS_URL", "DYNAMICS_TENANT_ID", "DYNAMICS_CLIENT_ID", "DYNAMICS_CLIENT_SECRET"):
        assert f"{name} is not set" in message


def test_an_unreachable_host_is_named(dynamics_org: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    monkeypatch.setenv("DYNAMICS_LOGIN_URL", url)
    error = failure()
    assert url in error.message and "DYNAMICS_LOGIN_URL" in error.remedy


@pytest.mark.parametrize(
    ("part", "answer", "says"),
    [
        ("/oauth2/", Response("<html>", 404), "is no Entra ID"),
        ("/oauth2/", JSONResponse({"error": "x", "error_description": "AADSTS7000222: Old."}, 401), "has expired"),
        ("/leads?", refusal(503, "0x80044150"), "failed while reading lead"),
        ("/leads?", refusal(429, "0x80072322"), "service protection limit"),
        ("/leads?", refusal(401, "0x80048306"), "refused the token"),
        ("/leads?", refusal(403, "0x80072560", "The user is not a member of the organization."), "is no user of"),
        ("/leads?", refusal(400, "0x80040203", "Bad."), "refused reading lead (0x80040203: Bad.)"),
        ("/leads?", Response('{"value": [', media_type="application/json"), "no JSON, or not the whole of it"),
        ("/leads?", JSONResponse({"done": True}), "answered a query without rows"),
        ("/leads?", JSONResponse({"value": [], "@odata.nextLink": "http://127.0.0.2:9/x"}), "another host"),
        ("LogicalName='email')", refusal(404, "0x80060888"), "has no table email"),
    ],
)
def test_what_lasts_ends_with_a_sentence_and_nothing_loaded(
    dynamics_org: Any, part: str, answer: Response, says: str
) -> None:
    dynamics_org.misbehave = failing(part, answer)
    assert says in failure().message
    with connect() as warehouse:
        assert not warehouse.exists("raw_dynamics", "lead")
        assert not warehouse.exists("raw_dynamics", "completed_loads")


@pytest.mark.parametrize("where", ["LogicalName='lead')", "/leads?", "$skiptoken"])
@pytest.mark.parametrize(
    "answer",
    [
        Response('{"value": [', media_type="application/json"),
        refusal(500, "0x80040216"),
        Response("<html>Bad gateway</html>", 502),
        Response(status_code=429, headers={"Retry-After": "0"}),
        refusal(401, "0x80048306"),
    ],
    ids=["truncated", "500", "502", "429", "401"],
)
def test_a_passing_failure_is_outlasted(
    dynamics_org: Any, monkeypatch: pytest.MonkeyPatch, where: str, answer: Response
) -> None:
    monkeypatch.setattr(dynamics_client, "PAGE_SIZE", 2)
    dynamics_org.misbehave = failing(where, answer, times=2)
    client = Client(settings.dynamics())
    described = client.describe("lead")
    assert described is not None and described.columns["createdon"].behavior == "UserLocal"
    pages = list(client.pages(client.first_page("leads", ["leadid"]), "reading lead"))
    assert [len(page.rows) for page in pages] == [2, 1]


def test_a_failing_login_is_tried_again(dynamics_org: Any) -> None:
    dynamics_org.misbehave = failing("/oauth2/", Response("busy", 503), times=2)
    assert Client(settings.dynamics()).describe("lead") is not None


@pytest.mark.parametrize("seed", [5])
def test_a_load_with_faults_ends_as_one_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seed: int) -> None:
    """Twice each, with changes between, so that delta links are asked for, and refused, too."""
    monkeypatch.setattr(dynamics_client, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(dynamics_client, "PAGE_SIZE", 25)
    monkeypatch.setattr("sandbox.faults.SLOW_SECONDS", 0.01)
    org = build_org(seed=1, scale=0.02, as_of=date(2026, 6, 15))

    def loaded(faults: int | None) -> dict[str, list[Any]]:
        monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(tmp_path / f"{faults}.duckdb"))
        with Sandbox(org, faults=faults) as sandbox:
            for name, value in sandbox.environment.items():
                monkeypatch.setenv(name, value)
            run_source("dynamics")
            leads = list(sandbox.dynamics.rows["lead"])
            sandbox.dynamics.delete("lead", leads[3])
            sandbox.dynamics.save("lead", {"leadid": leads[4], "telephone1": "+13175550100"})
            run_source("dynamics")
        with connect(read_only=True) as warehouse:
            return {
                table: warehouse.query(
                    f"""select found.* exclude (_dlt_id, _dlt_load_id, read_at) from raw_dynamics.{table} as found
                        left join raw_dynamics.full_read on full_read.table_name = '{table}'
                        where not coalesce(found.read_at < full_read.read_at, false)
                            and found.id not in (select record_id from raw_dynamics.deleted_record)
                        order by id"""
                )
                for table in RAW_TABLES
            }

    undisturbed = loaded(None)
    assert len(undisturbed["lead"]) == len(org.dataverse["lead"]) - 1
    assert loaded(seed) == undisturbed
