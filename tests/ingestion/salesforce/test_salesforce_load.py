"""What a Salesforce load leaves in raw_salesforce, the first time and every time after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from common.errors import AttributionError
from ingestion.pipeline import LoadSummary, run_source
from ingestion.salesforce import objects

Query = Callable[[str], list[dict[str, Any]]]


def load(**options: Any) -> LoadSummary:
    return run_source("salesforce", **options)


def utc(day: int, hour: int = 3) -> datetime:
    return datetime(2026, 6, day, hour, 4, 5, tzinfo=UTC)


def lead_ids(warehouse: Query) -> str:
    """The last digit of each lead in the warehouse."""
    return "".join(row["id"][14] for row in warehouse("select id from raw_salesforce.lead order by id"))


def test_a_first_load_brings_every_object(salesforce_org: Any, warehouse: Query) -> None:
    summary = load()
    assert summary.rows == {
        "lead": 3,
        "lead_history": 1,
        "contact": 1,
        "opportunity": 1,
        "opportunity_history": 1,
        "opportunity_contact_role": 1,
        "campaign": 1,
        "campaign_member": 1,
        "task": 1,
        "dated_conversion_rate": 1,
        "organization": 1,
    }
    assert summary.notes == []
    assert len(warehouse("select loaded_at from raw_salesforce.completed_loads")) == 1


def test_a_lead_arrives_with_types_phones_and_conversion(loaded_org: Any, warehouse: Query) -> None:
    row = warehouse("select * exclude (_dlt_id, _dlt_load_id) from raw_salesforce.lead order by id")[0]
    row = {name: value.astimezone(UTC) if isinstance(value, datetime) else value for name, value in row.items()}
    assert row == {
        "id": "00Q000000000001AAA",
        "is_deleted": False,
        "master_record_id": None,
        "phone": "(317) 555-0123",
        "mobile_phone": "not a phone",
        "email": "ann@example.com",
        "phone_e164": "+13175550123",
        "mobile_phone_e164": None,
        "lead_source": "Web",
        "status": None,
        "currency_iso_code": None,
        "created_date": utc(1),
        "system_modstamp": utc(2),
        "is_converted": True,
        "converted_date": date(2026, 6, 2),
        "converted_contact_id": "003000000000001AAA",
        "converted_account_id": None,
        "converted_opportunity_id": "006000000000001AAA",
        "conversion_time": utc(2, 10),
        "conversion_value": None,
        "conversion_campaign": None,
        "conversion_type": None,
    }


def test_an_opportunity_takes_time_value_and_campaign_from_the_fields_that_the_vars_name(
    loaded_org: Any, warehouse: Query
) -> None:
    row = warehouse("select * from raw_salesforce.opportunity")[0]
    assert row["conversion_time"] == utc(2, 11)
    assert row["conversion_value"] == Decimal("1234.5600")
    assert row["conversion_campaign"] == "701000000000001AAA"
    assert (row["is_won"], row["close_date"]) == (True, date(2026, 6, 2))


def test_rates_and_costs_keep_their_decimals(loaded_org: Any, warehouse: Query) -> None:
    rate = warehouse("select conversion_rate from raw_salesforce.dated_conversion_rate")[0]
    assert rate["conversion_rate"] == Decimal("0.925926")
    assert warehouse("select actual_cost from raw_salesforce.campaign")[0]["actual_cost"] == Decimal(5000)


def test_only_emails_come_of_the_tasks_and_without_their_subject(loaded_org: Any, warehouse: Query) -> None:
    tasks = warehouse("select * from raw_salesforce.task")
    assert [task["id"] for task in tasks] == ["00T000000000001AAA"]
    assert "subject" not in tasks[0]


def test_all_tables_have_all_columns_when_the_org_is_empty(salesforce_org: Any, warehouse: Query) -> None:
    salesforce_org.rows.clear()
    load()
    for table, described in objects.RAW_TABLES.items():
        found = warehouse(
            "select column_name from information_schema.columns "
            f"where table_schema = 'raw_salesforce' and table_name = '{table}'"
        )
        names = {row["column_name"] for row in found}
        assert names == set(described.columns) | {"_dlt_id", "_dlt_load_id"}
        assert warehouse(f"select count(*) as n from raw_salesforce.{table}") == [{"n": 0}]


def test_a_second_load_brings_only_what_changed(loaded_org: Any, warehouse: Query) -> None:
    loaded_org.rows["Lead"][0] |= {"Phone": "317 555 0199", "SystemModstamp": "2026-06-10T00:00:00.000+0000"}
    summary = load()
    # The changed lead, and the last one of the load before, within whose second more might have changed.
    assert summary.rows["lead"] == 2
    rows = warehouse("select id, phone_e164 from raw_salesforce.lead order by id")
    assert [row["phone_e164"] for row in rows] == ["+13175550199", None, None]


def test_a_row_that_changes_again_within_the_same_second_is_not_missed(loaded_org: Any, warehouse: Query) -> None:
    loaded_org.rows["Lead"][2]["Email"] = "cy@example.com"
    load()
    rows = warehouse("select email from raw_salesforce.lead where id like '%3AAA'")
    assert rows == [{"email": "cy@example.com"}]


def test_a_row_that_shows_up_a_little_behind_the_cursor_is_not_missed(loaded_org: Any, warehouse: Query) -> None:
    loaded_org.rows["Lead"].append(
        {
            "Id": "00Q000000000009AAA",
            "CreatedDate": "2026-06-04T02:55:00.000+0000",
            "SystemModstamp": "2026-06-04T02:55:00.000+0000",
        }
    )
    load()
    assert lead_ids(warehouse) == "1239"


def test_deleted_and_merged_rows_arrive_as_such(loaded_org: Any, warehouse: Query) -> None:
    survivor = loaded_org.rows["Lead"][0]["Id"]
    loaded_org.rows["Lead"][1] |= {
        "IsDeleted": True,
        "MasterRecordId": survivor,
        "SystemModstamp": "2026-06-10T00:00:00.000+0000",
    }
    loaded_org.rows["Lead"][2] |= {"IsDeleted": True, "SystemModstamp": "2026-06-10T00:00:00.000+0000"}
    load()
    rows = warehouse("select is_deleted, master_record_id from raw_salesforce.lead order by id")
    assert [(row["is_deleted"], row["master_record_id"]) for row in rows] == [
        (False, None),
        (True, survivor),
        (True, None),
    ]


def test_more_rows_than_a_page_arrive_once_each(salesforce_org: Any, warehouse: Query) -> None:
    salesforce_org.rows["Contact"] = [
        {
            "Id": f"003{number:012d}AAA",
            "CreatedDate": "2026-06-01T00:00:00.000+0000",
            "SystemModstamp": "2026-06-01T00:00:00.000+0000",
        }
        for number in range(4100)
    ]
    load()
    counted = warehouse("select count(*) as n, count(distinct id) as ids from raw_salesforce.contact")
    assert counted == [{"n": 4100, "ids": 4100}]
    assert salesforce_org.asked("/query/01g") == 2


def test_a_changed_mapping_reads_the_object_again_in_full(loaded_org: Any, warehouse: Query) -> None:
    summary = load(variables={"salesforce_lead_value_field": "conversionvalue__C"})
    assert summary.rows["lead"] == 3
    assert summary.rows["opportunity"] == 1
    assert summary.notes == ["Salesforce's Lead was read again in full: its fields changed."]
    rows = warehouse("select conversion_value from raw_salesforce.lead order by id")
    assert [row["conversion_value"] for row in rows] == [Decimal("99.5"), None, None]
    again = load(variables={"salesforce_lead_value_field": "conversionvalue__C"})
    assert (again.rows["lead"], again.notes) == (1, [])


def test_another_phone_region_reads_the_phones_again(
    salesforce_org: Any, warehouse: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    salesforce_org.rows["Lead"][0]["Phone"] = "020 7946 0000"
    load()
    monkeypatch.setenv("ATTRIBUTION_PHONE_REGION", "GB")
    assert load().rows["lead"] == 3
    assert warehouse("select phone_e164 from raw_salesforce.lead order by id")[0]["phone_e164"] == "+442079460000"


def test_a_window_limits_what_is_read_by_system_modstamp(salesforce_org: Any, warehouse: Query) -> None:
    load(since=utc(3), until=utc(4))
    assert lead_ids(warehouse) == "2"


def test_a_first_load_with_since_goes_on_from_its_last_row(salesforce_org: Any, warehouse: Query) -> None:
    load(since=utc(3))
    assert load().rows["lead"] == 1
    assert lead_ids(warehouse) == "23"


def test_since_before_the_cursor_reads_again_what_was_known(loaded_org: Any, warehouse: Query) -> None:
    assert load(since=utc(3)).rows["lead"] == 2
    assert load().rows["lead"] == 1


def test_since_behind_the_cursor_leaves_no_gap(salesforce_org: Any, warehouse: Query) -> None:
    salesforce_org.rows["Lead"] = salesforce_org.rows["Lead"][:1]
    load()
    template = salesforce_org.rows["Lead"][0]
    for number, day in ((2, "05"), (3, "09")):
        stamped = {"Id": f"00Q00000000000{number}AAA", "SystemModstamp": f"2026-06-{day}T00:00:00.000+0000"}
        salesforce_org.rows["Lead"].append(template | stamped)
    load(since=utc(8))
    assert lead_ids(warehouse) == "13"
    load()
    assert lead_ids(warehouse) == "123"


def test_a_changed_mapping_seen_through_a_window_is_still_read_in_full_afterwards(
    loaded_org: Any, warehouse: Query
) -> None:
    variables = {"salesforce_lead_value_field": "ConversionValue__c"}
    assert load(since=utc(4), variables=variables).rows["lead"] == 1
    assert load(variables=variables).rows["lead"] == 3


def test_an_org_of_one_currency_loads_with_notes(salesforce_org: Any, warehouse: Query) -> None:
    del salesforce_org.objects["DatedConversionRate"]
    for name, described in salesforce_org.objects.items():
        salesforce_org.objects[name] = described.without("CurrencyIsoCode")
    summary = load()
    assert warehouse("select currency_iso_code from raw_salesforce.opportunity") == [{"currency_iso_code": None}]
    assert warehouse("select count(*) as n from raw_salesforce.dated_conversion_rate") == [{"n": 0}]
    assert summary.notes == [
        "Salesforce's Lead has no CurrencyIsoCode; currency_iso_code is empty.",
        "Salesforce's Opportunity has no CurrencyIsoCode; currency_iso_code is empty.",
        "Salesforce's Campaign has no CurrencyIsoCode; currency_iso_code is empty.",
        "Salesforce has no DatedConversionRate, or its user may not read it; that table is empty.",
    ]


def test_a_default_field_that_the_org_lacks_is_empty_with_a_note(salesforce_org: Any, warehouse: Query) -> None:
    for name in ("Lead", "Opportunity"):
        salesforce_org.objects[name] = salesforce_org.objects[name].without("ConversionDate__c")
    summary = load()
    assert warehouse("select conversion_time from raw_salesforce.opportunity") == [{"conversion_time": None}]
    note = "has no ConversionDate__c (salesforce_conversion_time_field); conversion_time is empty."
    assert summary.notes == [f"Salesforce's Lead {note}", f"Salesforce's Opportunity {note}"]


def test_a_named_field_that_the_org_lacks_is_an_error_with_what_is_similar(loaded_org: Any, warehouse: Query) -> None:
    with pytest.raises(AttributionError) as caught:
        load(variables={"salesforce_value_field": "Amonut"})
    assert "salesforce_value_field names Amonut" in caught.value.message
    assert "Opportunity" in caught.value.message
    assert "Amount" in caught.value.remedy
    assert len(warehouse("select loaded_at from raw_salesforce.completed_loads")) == 1


def test_a_named_time_field_need_only_be_on_the_object_of_the_conversions(salesforce_org: Any) -> None:
    salesforce_org.objects["Lead"] = salesforce_org.objects["Lead"].without("LastModifiedDate")
    variables = {"salesforce_conversion_time_field": "LastModifiedDate"}
    assert len(load(variables=variables).notes) == 1
    with pytest.raises(AttributionError, match="Lead"):
        load(variables={**variables, "salesforce_conversion_source": "lead"})


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"salesforce_conversion_time_field": "CloseDate"}, "CloseDate, which is a date on Opportunity"),
        ({"salesforce_value_field": "StageName"}, "StageName, which is a picklist on Opportunity"),
        ({"salesforce_value_field": "Amount, Name"}, "'Amount, Name', which is no field name"),
        ({"salesforce_lead_value_field": 5}, "5, which is no field name"),
    ],
)
def test_a_named_field_of_the_wrong_kind_is_an_error(salesforce_org: Any, variables: dict[str, Any], says: str) -> None:
    with pytest.raises(AttributionError) as caught:
        load(variables=variables)
    assert says in caught.value.message
    assert next(iter(variables)) in caught.value.message
