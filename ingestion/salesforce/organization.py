"""Which org a warehouse holds, so that two are never mixed."""

from __future__ import annotations

import dlt
from dlt.extract import DltResource

from common import warehouse
from common.errors import AttributionError


def organization(organization_id: str | None, instance_url: str) -> DltResource:
    """One row: the id of the org that was loaded, and its address; none where the org does not tell its id."""
    rows = [{"id": organization_id, "instance_url": instance_url}] if organization_id else []
    columns = {"id": {"data_type": "text", "nullable": False}, "instance_url": {"data_type": "text"}}
    return dlt.resource(rows, name="organization", primary_key="id", write_disposition="merge", columns=columns)


def refuse_other_org(organization_id: str | None, instance_url: str) -> None:
    """Stop before two orgs are mixed in one warehouse: their ids may meet, and a lead of one be a lead of the other."""
    if organization_id is None:
        return
    with warehouse.connect() as opened:
        if not opened.exists("raw_salesforce", "organization"):
            return
        known = opened.query(
            "select id, instance_url from raw_salesforce.organization where id <> ?", [organization_id]
        )
    if known:
        raise AttributionError(
            f"{warehouse.place()} holds the Salesforce org {known[0]['id']} ({known[0]['instance_url']}), and the load"
            f" would read {organization_id} ({instance_url}).",
            "Name another warehouse for this org (ATTRIBUTION_DUCKDB_PATH, or SNOWFLAKE_DATABASE), or check"
            " SALESFORCE_INSTANCE_URL. A sandbox org that was refreshed is another org than before.",
        )
