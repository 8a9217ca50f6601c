"""What a load from Dynamics 365 needs: a token, privileges, each table with its columns, and change tracking.

The depth of a privilege comes from Dataverse's function RetrieveUserPrivilegeByPrivilegeName. Change tracking takes an
organization-wide one ("Use change tracking to synchronize data with external systems", Dataverse developer guide).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cli.checks.check import Check, ask, clock, fail, ok, warn, words
from cli.checks.genesys import token_of
from common import settings
from common.errors import AttributionError
from common.words import number
from ingestion.dynamics.client import API_PATH, Client, Column, Described
from ingestion.dynamics.errors import login_refused
from ingestion.dynamics.fields import map_fields
from ingestion.dynamics.objects import TABLES, RawTable

# The privilege that lets its holder read a table; activities of every kind share one.
PRIVILEGES = {
    "lead": "prvReadLead",
    "contact": "prvReadContact",
    "opportunity": "prvReadOpportunity",
    "campaign": "prvReadCampaign",
    "campaignresponse": "prvReadActivity",
    "email": "prvReadActivity",
    "phonecall": "prvReadActivity",
    "transactioncurrency": "prvReadTransactionCurrency",
    "organization": "prvReadOrganization",
}


def checks(variables: dict[str, Any]) -> Iterator[Check]:
    """Settings, token, clock, then each privilege, each table with its columns, and the vars that name columns."""
    try:
        org = settings.dynamics()
    except AttributionError as error:
        yield fail("Dynamics 365 settings", error.message, error.remedy)
        return
    yield ok("Dynamics 365 settings", f"{org.url}, client {org.client_id}")
    try:
        answer = ask(
            "POST",
            f"{org.login_url}/{org.tenant_id}/oauth2/v2.0/token",
            data={
                "grant_type": "client_credentials",
                "client_id": org.client_id,
                "client_secret": org.client_secret,
                "scope": f"{org.url}/.default",
            },
        )
        token = token_of(answer)
        if token is None:
            raise login_refused(answer, org.login_url)
        yield ok("Dynamics 365 login", "the app registration gets a token")
        api = f"{org.url}{API_PATH}"
        headers = {"Authorization": f"Bearer {token}"}
        answer = ask("GET", f"{api}WhoAmI", headers=headers)
    except AttributionError as error:
        yield fail("Dynamics 365 login", error.message, error.remedy)
        return
    if answer.status_code != 200:
        yield fail(
            "Dynamics 365 user",
            words(answer),
            "Make the app registration an application user of the environment (docs/dynamics_setup.md).",
        )
        return
    yield clock("Clock against Dynamics 365", answer)
    user = answer.json()["UserId"]
    for privilege in dict.fromkeys(PRIVILEGES.values()):
        yield privilege_check(f"{api}systemusers({user})", headers, privilege)
    client = Client(org)
    for table in TABLES:
        yield from table_checks(client, table, variables)


def privilege_check(user_url: str, headers: dict[str, str], privilege: str) -> Check:
    """Whether the application user has the privilege, for every row of the organization."""
    tables = " and ".join(name for name, needed in PRIVILEGES.items() if needed == privilege)
    function = f"Microsoft.Dynamics.CRM.RetrieveUserPrivilegeByPrivilegeName(PrivilegeName='{privilege}')"
    label = f"Privilege {privilege}"
    try:
        answer = ask("GET", f"{user_url}/{function}", headers=headers)
    except AttributionError as error:
        return fail(label, error.message, error.remedy)
    if answer.status_code != 200:
        return fail(label, words(answer), "Look at the application user's security roles.")
    depths = [str(held.get("Depth")) for held in answer.json().get("RolePrivileges", [])]
    remedy = f"Give a security role of the application user {privilege} at the level Organization."
    if not depths:
        return fail(label, f"not there: {tables} can't be read", remedy)
    if "Global" not in depths:
        return fail(label, f"at the level {depths[0]} alone: {tables} can't be read in full", remedy)
    return ok(label, f"for {tables}, of the whole organization")


def table_checks(client: Client, table: RawTable, variables: dict[str, Any]) -> Iterator[Check]:
    """Whether the org has the table with the columns that are needed, what kind its days are, and change tracking."""
    label = f"Table {table.logical_name}"
    try:
        described = client.describe(table.logical_name)
        if described is None:
            if table.optional:
                yield warn(label, "not there: its raw table stays empty", "Nothing, if you don't use it.")
            else:
                yield fail(label, "not there", "DYNAMICS_URL has to name an environment with Dynamics 365 Sales.")
            return
        mapping = map_fields(table, described, variables)
    except AttributionError as error:
        yield fail(label, error.message, error.remedy)
        return
    yield ok(label, "; ".join([number(len(mapping.fields), "column"), *mapping.notes]))
    if not described.is_tracked and not table.always_whole:
        yield warn(
            f"Change tracking of {table.logical_name}",
            "off: each load reads the whole table",
            "Switch on Track changes in the table's properties (docs/dynamics_setup.md).",
        )
    yield from day_checks(table, described, str(variables.get("crm_timezone")))


def day_checks(table: RawTable, described: Described, zone: str) -> Iterator[Check]:
    """Which columns hold a day as an instant: midnight of the user who set it, read in crm_timezone."""
    columns = {name: described.columns.get(name, Column("")) for name in table.days}
    instants = [name for name, column in columns.items() if column.behavior == "UserLocal"]
    if instants:
        yield warn(
            f"Days of {table.logical_name}",
            f"{', '.join(instants)}: behavior User local, so each is midnight of the user who set it, read in {zone}",
            "Where users sit in several time zones, change the behavior to Date only; days can be one off until then.",
        )
    elif table.days:
        yield ok(f"Days of {table.logical_name}", f"{', '.join(columns)}: date only, days of {zone}")
