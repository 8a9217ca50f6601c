"""Salesforce as a dlt source: ten objects, each merged by id and read on from where its SystemModstamp stood.

Rows are read with queryAll, so that what was deleted or merged away arrives with ``is_deleted`` true.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import dlt
from dlt.extract import DltResource

from common import settings as common_settings
from common.dbt_vars import dbt_vars
from common.settings import SalesforceSettings
from ingestion.salesforce import bulk, objects
from ingestion.salesforce.client import Client
from ingestion.salesforce.organization import organization, refuse_other_org
from ingestion.salesforce.reader import Reader

# Salesforce stamps a row when it is saved, and shows it once its transaction, which may take ten minutes, has
# ended: rows can appear behind the cursor. So many seconds are read again; a row that is read again is merged.
LAG = 15 * 60


# Where a resource goes on. No key: a row that changed within the same second must not pass for known.
CHANGED = dlt.sources.incremental[datetime](
    "system_modstamp", primary_key=(), lag=LAG, on_cursor_value_missing="include"
)
# History of a lead is written once, and has no SystemModstamp.
WRITTEN = dlt.sources.incremental[datetime]("created_date", primary_key=(), lag=LAG, on_cursor_value_missing="include")


@dlt.source(name="salesforce", max_table_nesting=0)
def salesforce(
    since: datetime | None = None,
    until: datetime | None = None,
    variables: dict[str, Any] | None = None,
    notes: list[str] | None = None,
    settings: SalesforceSettings | None = None,
    bulk_rows: int = bulk.ROWS,
) -> tuple[DltResource, ...]:
    """The org that ``settings`` names (default: the environment), limited by SystemModstamp to since ≤ t < until.

    ``variables`` override the project's dbt vars, which name the fields of time, value and campaign. ``notes``
    is appended to while the resources are read. An object of which more than ``bulk_rows`` rows are wanted is read
    by the Bulk API (dlt's own configuration sets it: SOURCES__SALESFORCE__BULK_ROWS). Errors of the org and of the
    vars are AttributionErrors, and so is a warehouse that holds another org.
    """
    client = Client(settings or common_settings.salesforce(), bulk_rows)
    organization_id = client.organization_id()
    refuse_other_org(organization_id, client.instance_url)
    reader = Reader(client, dbt_vars(variables), since, until, notes if notes is not None else [])
    resources = tuple(
        resource(reader)
        for resource in (
            lead,
            lead_history,
            contact,
            opportunity,
            opportunity_history,
            opportunity_contact_role,
            campaign,
            campaign_member,
            task,
            dated_conversion_rate,
        )
    )
    return (*resources, organization(organization_id, client.instance_url))


@dlt.resource(primary_key="id", write_disposition="merge", columns=objects.LEAD.columns)
def lead(reader: Reader, changed: dlt.sources.incremental[datetime] = CHANGED) -> Iterator[Any]:
    """Leads, with what they were converted into, and the lead that a merged one lives on in."""
    yield from reader.rows(objects.LEAD, changed)


@dlt.resource(primary_key="id", write_disposition="merge", columns=objects.LEAD_HISTORY.columns)
def lead_history(reader: Reader, changed: dlt.sources.incremental[datetime] = WRITTEN) -> Iterator[Any]:
    """When a lead was converted, and when its status changed."""
    yield from reader.rows(objects.LEAD_HISTORY, changed)


@dlt.resource(primary_key="id", write_disposition="merge", columns=objects.CONTACT.columns)
def contact(reader: Reader, changed: dlt.sources.incremental[datetime] = CHANGED) -> Iterator[Any]:
    """Contacts."""
    yield from reader.rows(objects.CONTACT, changed)


@dlt.resource(primary_key="id", write_disposition="merge", columns=objects.OPPORTUNITY.columns)
def opportunity(reader: Reader, changed: dlt.sources.incremental[datetime] = CHANGED) -> Iterator[Any]:
    """Opportunities, won or not."""
    yield from reader.rows(objects.OPPORTUNITY, changed)


@dlt.resource(primary_key="id", write_disposition="merge", columns=objects.OPPORTUNITY_HISTORY.columns)
def opportunity_history(reader: Reader, changed: dlt.sources.incremental[datetime] = CHANGED) -> Iterator[Any]:
    """When an opportunity came into each stage."""
    yield from reader.rows(objects.OPPORTUNITY_HISTORY, changed)


@dlt.resource(primary_key="id", write_disposition="merge", columns=objects.OPPORTUNITY_CONTACT_ROLE.columns)
def opportunity_contact_role(reader: Reader, changed: dlt.sources.incremental[datetime] = CHANGED) -> Iterator[Any]:
    """Who takes part in an opportunity."""
    yield from reader.rows(objects.OPPORTUNITY_CONTACT_ROLE, changed)


@dlt.resource(primary_key="id", write_disposition="merge", columns=objects.CAMPAIGN.columns)
def campaign(reader: Reader, changed: dlt.sources.incremental[datetime] = CHANGED) -> Iterator[Any]:
    """Campaigns, with what they cost."""
    yield from reader.rows(objects.CAMPAIGN, changed)


@dlt.resource(primary_key="id", write_disposition="merge", columns=objects.CAMPAIGN_MEMBER.columns)
def campaign_member(reader: Reader, changed: dlt.sources.incremental[datetime] = CHANGED) -> Iterator[Any]:
    """Leads and contacts in campaigns, and when they responded."""
    yield from reader.rows(objects.CAMPAIGN_MEMBER, changed)


@dlt.resource(primary_key="id", write_disposition="merge", columns=objects.TASK.columns)
def task(reader: Reader, changed: dlt.sources.incremental[datetime] = CHANGED) -> Iterator[Any]:
    """E-mails, which Salesforce keeps as tasks."""
    yield from reader.rows(objects.TASK, changed)


@dlt.resource(primary_key="id", write_disposition="merge", columns=objects.DATED_CONVERSION_RATE.columns)
def dated_conversion_rate(reader: Reader, changed: dlt.sources.incremental[datetime] = CHANGED) -> Iterator[Any]:
    """Exchange rates by day, in an org of several currencies."""
    yield from reader.rows(objects.DATED_CONVERSION_RATE, changed)
