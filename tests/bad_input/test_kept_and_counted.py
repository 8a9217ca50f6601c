"""What is odd but can be kept is kept, and counted in rpt_data_quality: one load and one build that hold all of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import bad_org as odd

from sandbox.server import Sandbox

MODELS = (
    "first_touch",
    "last_touch",
    "linear",
    "position_based",
    "w_shaped",
    "time_decay",
    "channel_weighted_time_decay",
    "single_win",
)
# With a BOM, and `;` between the fields as a European Excel writes them.
TOUCHES = """\ufefftouch_id;touched_at;channel;lead_id;phone;email;campaign_id
f-trimmed;2026-06-01T10:00:00Z;email; L-1 ;;;C-1
f-no-phone;2026-06-01T11:00:00Z;sms;;call me;;C-1
f-no-phone-twin;2026-06-01T12:00:00Z;sms;;call me;;C-1
f-future;2098-12-25T10:00:00Z;email;L-3;;;C-1
f-refund-1;2026-06-01T10:00:00Z;email;L-4;;;C-1
f-refund-2;2026-06-02T10:00:00Z;sms;L-4;;;C-1
f-refund-3;2026-06-03T10:00:00Z;email;L-4;;;C-1
f-no-rate;2026-06-03T10:00:00Z;email;L-5;;;C-1
"""
CONVERSIONS = """conversion_id\tconverted_at\tlead_id\tphone\tconversion_value\tcurrency
c-trimmed\t2026-06-05T10:00:00Z\tL-1  \t\t10\t
c-no-phone\t2026-06-05T10:00:00Z\t\tcall me\t20\t
c-future\t2099-01-05T10:00:00Z\tL-3\t\t30\t
c-refund\t2026-06-05T10:00:00Z\tL-4\t\t-0.05\tusd
c-no-rate\t2026-06-05T10:00:00Z\tL-5\t\t40\tXTS
"""

SOURCES = ["genesys", "salesforce", "files"]

Query = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def built(dbt_here: Any, attribution: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with both orgs and two files, built."""
    folder = tmp_path_factory.mktemp("kept")
    warehouse = folder / "warehouse.duckdb"
    (folder / "t.csv").write_text(TOUCHES, encoding="utf-8")
    (folder / "c.csv").write_text(CONVERSIONS, encoding="utf-8")
    given = ["--touches", str(folder / "t.csv"), "--conversions", str(folder / "c.csv")]
    with Sandbox(odd.bad_org(), rate_limit=100_000) as sandbox:
        loaded = attribution(
            "load", "genesys", "salesforce", "files", *given, warehouse=warehouse, **sandbox.environment
        )
    assert loaded.returncode == 0, loaded.stderr
    # With all tests on data: none of them may fail on what data may be.
    answer = dbt_here("build", "--exclude-resource-type", "unit_test", warehouse=warehouse, sources=SOURCES)
    assert answer.code == 0, answer.printed
    return warehouse


@pytest.fixture
def query(built: Path) -> Iterator[Query]:
    """Rows of a select from the warehouse, and what of it is a finding."""
    with duckdb.connect(str(built), read_only=True) as connection:
        yield lambda sql, *values: connection.execute(sql, list(values)).fetchall()


@pytest.fixture
def found(query: Query) -> Callable[[str], list[tuple[str, str]]]:
    """(source, record) of every row of a finding."""
    return lambda finding: query(
        "select source, record_id from reports.rpt_data_quality where finding = ? order by all", finding
    )


def credit_of(query: Query, conversion: str) -> dict[str, float]:
    """The linear credit that each touch of a conversion got."""
    return dict(query("select touch_id, linear_credit from marts.fct_attribution where conversion_id = ?", conversion))


def test_an_unknown_wrap_up_code_is_named_by_its_id(query: Query, found: Any) -> None:
    assert found("unknown_wrapup_code") == [("genesys", odd.LOST_CODE)]
    name = "select disposition_name from marts.dim_dispositions where disposition_code = ?"
    assert query(name, odd.LOST_CODE) == [(odd.LOST_CODE,)]
    assert query("select disposition_code from marts.fct_touches where touch_id = 'call-lost-code'") == [
        (odd.LOST_CODE,)
    ]
    assert "call-lost-code" in credit_of(query, odd.opportunity_id(1))


def test_an_unknown_user_and_queue_are_named_by_their_ids(query: Query, found: Any) -> None:
    assert found("unknown_user") == [("genesys", odd.LOST_USER)]
    assert found("unknown_queue") == [("genesys", odd.LOST_QUEUE)]
    assert query("select agent_name from marts.dim_agents where agent_id = ?", odd.LOST_USER) == [(odd.LOST_USER,)]
    assert query("select queue_name from marts.dim_queues where queue_id = ?", odd.LOST_QUEUE) == [(odd.LOST_QUEUE,)]
    assert query("select agent_id, share from marts.bridge_touch_agents where touch_id = 'call-lost-user'") == [
        (odd.LOST_USER, 1.0)
    ]
    assert query("select 1 from reports.rpt_agent_credit where agent_id = ?", odd.LOST_USER)
    assert {"call-lost-user", "call-lost-queue"} < set(credit_of(query, odd.opportunity_id(1)))


def test_a_campaign_that_is_gone_keeps_its_touch_and_its_credit(query: Query, found: Any) -> None:
    assert [id for _, id in found("unknown_campaign")] == [odd.DELETED_CAMPAIGN, odd.LOST_CAMPAIGN, "C-1"]
    for number, touch, campaign, name in (
        (2, "call-lost-campaign", odd.LOST_CAMPAIGN, odd.LOST_CAMPAIGN),
        (3, "call-deleted-campaign", odd.DELETED_CAMPAIGN, "Winter"),
    ):
        assert credit_of(query, odd.opportunity_id(number)) == {touch: 1.0}
        assert query("select campaign_id, campaign_name from marts.fct_touches where touch_id = ?", touch) == [
            (campaign, name)
        ]


def test_a_phone_that_is_none_is_kept_in_raw_and_identifies_nobody(query: Query, found: Any) -> None:
    assert found("unparsable_phone") == [
        ("files", "c-no-phone"),
        ("files", "f-no-phone"),
        ("files", "f-no-phone-twin"),
        ("genesys", "call-no-phone"),
        ("salesforce", odd.lead_id(6)),
        ("salesforce", odd.lead_id(7)),
    ]
    assert query("select customer_phone from raw_genesys.conversations where conversation_id = 'call-no-phone'") == [
        ("tel:anonymous",)
    ]
    assert query("select phone, phone_e164 from raw_files.conversions where conversion_id = 'c-no-phone'") == [
        ("call me", None)
    ]
    # Three rows with the same text are three people.
    touches = query("select person_key, identity_match from marts.fct_touches where touch_id like 'f-no-phone%'")
    conversions = query("select person_key from marts.fct_conversions where conversion_id = 'c-no-phone'")
    assert [match for _, match in touches] == ["none", "none"]
    assert len({key for key, *_ in touches + conversions}) == 3
    assert credit_of(query, "c-no-phone") == {}


def test_a_lead_id_with_blanks_meets_its_conversion(query: Query, found: Any) -> None:
    assert found("lead_id_trimmed") == [
        ("files", "c-trimmed"),
        ("files", "f-trimmed"),
        ("genesys", "call-blank-lead"),
    ]
    assert credit_of(query, "c-trimmed") == {"f-trimmed": 1.0}
    assert credit_of(query, odd.opportunity_id(4)) == {"call-blank-lead": 1.0}
    assert query("select lead_id from marts.fct_touches where touch_id = 'f-trimmed'") == [("L-1",)]


def test_a_crm_conversion_without_a_date_is_not_counted_but_named(query: Query, found: Any) -> None:
    assert found("conversion_without_date") == [("salesforce", odd.opportunity_id(5))]
    assert query("select 1 from marts.fct_conversions where conversion_id = ?", odd.opportunity_id(5)) == []
    assert credit_of(query, odd.opportunity_id(5)) == {}
    assert query("select 1 from marts.fct_touches where touch_id = 'call-no-date'") == [(1,)]


@pytest.mark.parametrize(
    ("conversion", "value"), [("c-refund", "-0.05"), (odd.opportunity_id(1), "-100.01")], ids=["files", "salesforce"]
)
def test_a_refund_is_shared_out_to_the_cent(query: Query, found: Any, conversion: str, value: str) -> None:
    assert conversion in {record for _, record in found("refund")}
    assert len(found("refund")) == 2
    for model in MODELS:
        credit, shared, touches, largest = query(
            f"select sum({model}_credit), sum({model}_value), count(*), max({model}_value)"
            " from marts.fct_attribution where conversion_id = ?",
            conversion,
        )[0]
        assert credit == pytest.approx(1, abs=1e-9), model
        assert (shared, touches) == (Decimal(value), 3), model
        assert largest <= 0, model


@pytest.mark.parametrize("conversion", ["c-no-rate", odd.opportunity_id(6)], ids=["files", "salesforce"])
def test_an_unknown_currency_has_credit_and_no_value(query: Query, found: Any, conversion: str) -> None:
    assert conversion in {record for _, record in found("currency_without_rate")}
    assert len(found("currency_without_rate")) == 2
    assert query(
        "select currency, conversion_value > 0, conversion_value_reporting, touch_count"
        " from marts.fct_conversions where conversion_id = ?",
        conversion,
    ) == [("XTS", True, None, 1)]
    for model in MODELS:
        assert query(
            f"select {model}_credit, {model}_value from marts.fct_attribution where conversion_id = ?", conversion
        ) == [(1.0, None)]
    assert query(
        "select sum(credit), sum(attributed_value) from marts.fct_attribution_credit where conversion_id = ?",
        conversion,
    ) == [(len(MODELS), None)]


def test_a_time_in_the_future_is_kept(query: Query, found: Any) -> None:
    assert found("future_timestamp") == [
        ("files", "c-future"),
        ("files", "f-future"),
        ("salesforce", odd.opportunity_id(7)),
        ("salesforce", "00T000000000001EAA"),
    ]
    assert credit_of(query, "c-future") == {"f-future": 1.0}
    assert credit_of(query, odd.opportunity_id(7)) == {"00T000000000001EAA": 1.0}


def test_nothing_else_of_it_was_dropped(query: Query) -> None:
    assert query("select source, count(*) from marts.fct_touches group by all order by all") == [
        ("files", 8),
        ("genesys", 10),
        ("salesforce", 1),
    ]
    assert query("select source, count(*) from marts.fct_conversions group by all order by all") == [
        ("files", 5),
        ("salesforce", 6),
    ]
