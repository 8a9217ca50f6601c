"""What calls are like: one conversation of each kind, loaded from a stand-in org, built, and held to its meaning."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from call_shapes import BEGIN, CODES, CONTACT_DATA, SHAPES, Shape

from ingestion.pipeline import run_source
from sandbox.org import Org
from sandbox.server import Sandbox

BUILT = ["int_genesys__touches", "int_genesys__touch_agents", "int_genesys__touch_ivr_nodes", "int_findings_genesys"]


@pytest.fixture(scope="module")
def built(files_warehouse: Callable[[], Any]) -> Any:
    """All shapes in a warehouse, with the models that say what a conversation is."""
    conversations = [shape for shape, _ in SHAPES]
    org = Org(
        seed=1,
        scale=1.0,
        as_of=date(2026, 6, 1),
        organization={"id": "org", "name": "Org"},
        conversations=conversations,
        contact_lists=[
            {
                "id": "list-1",
                "name": "Leads",
                "columnNames": list(CONTACT_DATA),
                "phoneColumns": [{"columnName": "Phone", "type": "cell"}],
            }
        ],
        contacts={"list-1": {"contact-1": {"id": "contact-1", "contactListId": "list-1", "data": CONTACT_DATA}}},
        wrapup_codes=[{"id": id, "name": name} for id, name in CODES.items()],
        flow_outcomes=[{"id": "consent", "name": "Consent"}],
    )
    warehouse = files_warehouse()
    with pytest.MonkeyPatch.context() as patch, Sandbox(org, rate_limit=1_000_000) as sandbox:
        for name, value in {**sandbox.environment, "ATTRIBUTION_DUCKDB_PATH": str(warehouse.path)}.items():
            patch.setenv(name, value)
        # The other one has nothing, and is there so that the project is the one that most tests have parsed.
        with contextlib.redirect_stderr(io.StringIO()):
            for source in ("genesys", "salesforce"):
                run_source(source)
    selected = [f"+{name}" for name in BUILT]
    warehouse.dbt(
        "build",
        "--exclude-resource-type",
        "test",
        "unit_test",
        "--select",
        *selected,
        sources=["genesys", "salesforce"],
    )
    return warehouse


def rows(built: Any, sql: str, id: str) -> list[dict[str, Any]]:
    return built.query(sql.format(id=id.replace("'", "''")))


def moment(seconds: float) -> datetime:
    return (BEGIN + timedelta(seconds=seconds)).replace(tzinfo=None)


@pytest.mark.parametrize(("shape", "expected"), SHAPES, ids=[shape["conversationId"] for shape, _ in SHAPES])
def test_a_conversation_means_what_its_kind_means(built: Any, shape: Shape, expected: dict[str, Any]) -> None:
    id = shape["conversationId"]
    findings = rows(built, "select finding from intermediate.int_findings_genesys where record_id = '{id}'", id)
    wanted = dict(expected)
    assert {row["finding"] for row in findings} == wanted.pop("findings", findings_of(wanted))
    touches = rows(built, "select * from intermediate.int_genesys__touches where touch_id = '{id}'", id)
    assert len(touches) == int(wanted.pop("is_touch", True))
    if not touches:
        return
    touch = touches[0]
    if "agents" in wanted:
        shares = rows(
            built, "select agent_id, share from intermediate.int_genesys__touch_agents where touch_id = '{id}'", id
        )
        assert {row["agent_id"]: row["share"] for row in shares} == pytest.approx(wanted.pop("agents"))
    if "outcome" in wanted:
        nodes = rows(built, "select outcome from intermediate.int_genesys__touch_ivr_nodes where touch_id = '{id}'", id)
        assert [row["outcome"] for row in nodes] == [wanted.pop("outcome")]
    if "phone" in wanted:
        assert (touch["phone_key"] is not None) == wanted.pop("phone")
    for name in ("started_at", "ended_at"):
        if name in wanted:
            wanted[name] = moment(wanted[name])
    assert {name: touch[name] for name in wanted} == wanted


def findings_of(expected: dict[str, Any]) -> set[str]:
    """What is found where nothing is said: the campaign of the dialer's contact."""
    return {"campaign_from_contact"} if expected.get("campaign_id") == CONTACT_DATA["CampaignID"] else set()
