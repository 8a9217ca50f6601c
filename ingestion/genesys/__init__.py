"""Genesys Cloud: conversations with their participants, the contacts behind some of them, and what ids stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import dlt
from dlt.extract import DltResource, DltSource

from common import dbt_vars, warehouse
from common import settings as common_settings
from common.attribution_attributes import ATTRIBUTION_NAMES
from common.errors import AttributionError
from ingestion.genesys import contacts as contact_reading
from ingestion.genesys import conversations as shape
from ingestion.genesys import settings
from ingestion.genesys.backfill import Pace, WindowReader
from ingestion.genesys.client import GenesysClient

Page = list[dict[str, Any]]


def genesys(
    since: datetime | None = None,
    until: datetime | None = None,
    variables: dict[str, Any] | None = None,
    notes: list[str] | None = None,
) -> Iterator[DltSource]:
    """All tables of raw_genesys, from the org that the GENESYSCLOUD_* settings name, in parts to be stored in turn.

    The first part has the first conversations and all other tables, each later one more conversations. ``since``
    and ``until`` bound the conversations; without them a load begins ``reread_days`` before the end of the last one,
    or ``initial_days`` before what is available. ``variables`` override dbt vars; ``notes`` gets what the user should
    know. Raises AttributionError where the warehouse holds another org.
    """
    client = GenesysClient(common_settings.genesys())
    settings_of_build = dbt_vars.dbt_vars(variables)
    attribute_names = dbt_vars.genesys_attributes(settings_of_build)
    reads_fresh = dbt_vars.boolean(settings_of_build, "genesys_fresh_conversations")
    org = client.get("/api/v2/organizations/me")
    refuse_other_org(org)
    notes = notes if notes is not None else []
    reader = WindowReader(client, since, until, notes, reads_fresh)
    # Whoever names a stretch wants it read anew, contacts and all.
    known = {} if since else contact_reading.read_lately(timedelta(days=settings.CONTACT_CACHE_DAYS))
    contact_reader = contact_reading.ContactReader(client, notes, known)
    yield part(reader, contact_reader, attribute_names, org)
    reader.stored()
    while not reader.is_done:
        yield part(reader, contact_reader, attribute_names)
        reader.stored()


@dlt.source(name="genesys", max_table_nesting=0)
def part(
    reader: WindowReader,
    contact_reader: contact_reading.ContactReader,
    attribute_names: list[str],
    org: dict[str, Any] | None = None,
    initial_days: float = settings.INITIAL_DAYS,
    reread_days: float = settings.REREAD_DAYS,
    window_days: float = settings.LONGEST_WINDOW_DAYS,
    jobs_at_once: int = settings.JOBS_AT_ONCE,
) -> Iterator[DltResource]:
    """Some windows of conversations with the contacts behind them; with ``org`` also what ids stand for.

    dlt's own configuration sets the numbers: SOURCES__GENESYS__INITIAL_DAYS and so on in the environment, or
    config.toml.
    """
    reader.pace = Pace(initial_days, reread_days, window_days, jobs_at_once)

    @dlt.resource(
        name="conversations",
        primary_key="conversation_id",
        write_disposition="merge",
        columns=settings.conversation_columns(),
    )
    def conversations() -> Iterator[Page]:
        """One row per conversation; merged, so that one that was open is replaced by its final version."""
        yield dlt.mark.materialize_table_schema()
        yield from reader.pages(dlt.current.resource_state())

    @dlt.transformer(
        data_from=conversations,
        name="contacts",
        primary_key=["contact_list_id", "id"],
        write_disposition="merge",
        columns=settings.contact_columns(),
    )
    def contacts(page: Page) -> Iterator[Page]:
        """The contacts behind conversations on which an attribute is found on no participant."""
        yield dlt.mark.materialize_table_schema()
        yield from contact_reader.rows(
            {
                pair
                for conversation in page
                for pair in shape.contacts_needed(conversation, attribute_names)
                if not contact_reader.knows(pair, conversation)
            }
        )

    yield conversations
    yield contacts
    if org:
        yield from lists(reader.client, org)


def lists(client: GenesysClient, org: dict[str, Any]) -> Iterator[DltResource]:
    """What the ids on conversations stand for, read whole in each load, and the org itself."""

    @dlt.resource(
        name="campaigns",
        primary_key="id",
        write_disposition="merge",
        columns=settings.text_columns(
            "id", "name", "kind", "contact_list_id", "queue_id", "campaign_status", "dialing_mode"
        ),
    )
    def campaigns() -> Iterator[Page]:
        """Voice and messaging campaigns."""
        yield dlt.mark.materialize_table_schema()
        for kind, path in (("voice", "campaigns"), ("messaging", "messagingcampaigns")):
            for page in client.entities(f"/api/v2/outbound/{path}"):
                yield [campaign_row(campaign, kind) for campaign in page]

    @dlt.resource(
        name="contact_lists",
        primary_key="id",
        write_disposition="merge",
        columns=settings.contact_list_columns(),
    )
    def contact_lists() -> Iterator[Page]:
        """Contact lists with the names of their columns."""
        yield dlt.mark.materialize_table_schema()
        for page in client.entities("/api/v2/outbound/contactlists", includeSize="true"):
            yield [
                {
                    "id": item["id"],
                    "name": item.get("name"),
                    "column_names": [name for name in item.get("columnNames") or [] if name not in ATTRIBUTION_NAMES],
                    "size": item.get("size"),
                }
                for item in page
            ]

    yield campaigns
    yield contact_lists
    yield listing(client, "wrapup_codes", "/api/v2/routing/wrapupcodes")
    yield listing(client, "queues", "/api/v2/routing/queues")
    yield listing(client, "skills", "/api/v2/routing/skills")
    # People who left and flows that were deleted still stand on old conversations.
    yield listing(client, "users", "/api/v2/users", ("state",), state="any")
    yield listing(client, "flows", "/api/v2/flows", ("type",), deleted="true")
    yield listing(client, "flow_outcomes", "/api/v2/flows/outcomes")
    yield listing(client, "flow_milestones", "/api/v2/flows/milestones")
    yield dlt.resource(
        [{"id": org["id"], "name": org.get("name")}],
        name="organization",
        primary_key="id",
        write_disposition="merge",
        columns=settings.text_columns("id", "name"),
    )


def listing(client: GenesysClient, table: str, path: str, more: tuple[str, ...] = (), **parameters: str) -> DltResource:
    """A table of id and name (and ``more`` fields of the same name), merged by id, from a paged listing."""
    names = ("id", "name", *more)

    def pages() -> Iterator[Page]:
        yield dlt.mark.materialize_table_schema()
        for page in client.entities(path, **parameters):
            yield [{name: item.get(name) for name in names} for item in page]

    read: Callable[..., DltResource] = dlt.resource(
        pages,
        name=table,
        primary_key="id",
        write_disposition="merge",
        columns=settings.text_columns(*names),
    )
    return read


def campaign_row(campaign: dict[str, Any], kind: str) -> dict[str, Any]:
    """A campaign of either kind as a row of raw_genesys.campaigns."""
    return {
        "id": campaign["id"],
        "name": campaign.get("name"),
        "kind": kind,
        "contact_list_id": (campaign.get("contactList") or {}).get("id"),
        "queue_id": (campaign.get("queue") or {}).get("id"),
        "campaign_status": campaign.get("campaignStatus"),
        "dialing_mode": campaign.get("dialingMode"),
    }


def refuse_other_org(org: dict[str, Any]) -> None:
    """Stop before two orgs are mixed in one warehouse."""
    with warehouse.connect() as opened:
        if not opened.exists("raw_genesys", "organization"):
            return
        known = opened.query("select id, name from raw_genesys.organization where id <> ?", [org["id"]])
    if known:
        raise AttributionError(
            f"{warehouse.place()} holds the Genesys Cloud org {known[0]['name']} ({known[0]['id']}), and the load would"
            f" read {org.get('name')} ({org['id']}).",
            "Name another warehouse for this org (ATTRIBUTION_DUCKDB_PATH, or SNOWFLAKE_DATABASE), or check the"
            " GENESYSCLOUD_ settings.",
        )
