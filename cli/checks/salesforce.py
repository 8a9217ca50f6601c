"""What a load from Salesforce needs: a token, and each object and field that is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cli.checks.check import Check, ask, clock, fail, ok, warn, words
from cli.checks.genesys import token_of
from common import settings
from common.errors import AttributionError
from common.words import number

API = "/services/data/v62.0"
OBJECTS = ("Lead", "Contact", "Opportunity", "OpportunityContactRole", "Campaign", "CampaignMember", "Task")
# What an org may do without → what that means.
OPTIONAL_OBJECTS = {
    "DatedConversionRate": "not there: an org of one currency has none",
    "LeadHistory": "not there: a lead that was converted has a day and no time",
    "OpportunityHistory": "not there: a conversion whose time field is empty has a day and no time",
}

# The vars that name a field → the objects that it is read from.
FIELD_VARS = {
    "salesforce_conversion_time_field": ("Opportunity", "Lead"),
    "salesforce_value_field": ("Opportunity",),
    "salesforce_campaign_field": ("Opportunity",),
    "salesforce_lead_value_field": ("Lead",),
    "salesforce_lead_campaign_field": ("Lead",),
}
# The var salesforce_conversion_source → the object that it takes conversions from.
CONVERSION_OBJECTS = {"opportunity": ("Opportunity",), "lead": ("Lead",)}


def checks(variables: dict[str, Any]) -> Iterator[Check]:
    """Settings, token, clock, then each object and each field that a var names."""
    try:
        org = settings.salesforce()
    except AttributionError as error:
        yield fail("Salesforce settings", error.message, error.remedy)
        return
    yield ok("Salesforce settings", f"{org.instance_url}, client {org.client_id}")
    try:
        answer = ask(
            "POST",
            f"{org.instance_url}/services/oauth2/token",
            data={
                "grant_type": "client_credentials",
                "client_id": org.client_id,
                "client_secret": org.client_secret,
            },
        )
    except AttributionError as error:
        yield fail("Salesforce login", error.message, error.remedy)
        return
    token = token_of(answer)
    if token is None:
        yield fail(
            "Salesforce login",
            words(answer),
            "Check SALESFORCE_CLIENT_ID and _SECRET, and that the connected app allows the client credentials flow.",
        )
        return
    yield ok("Salesforce login", "the connected app gets a token")
    yield clock("Clock against Salesforce", answer)
    described: dict[str, dict[str, str]] = {}
    for name in (*OBJECTS, *OPTIONAL_OBJECTS):
        yield object_check(org.instance_url, token, name, described)
    try:
        add_related_fields(org.instance_url, token, described, variables)
    except AttributionError as error:
        yield fail("Fields of related records", error.message, error.remedy)
        return
    yield from field_checks(described, variables)
    yield date_check(described, variables)


def object_check(instance_url: str, token: str, name: str, described: dict[str, dict[str, str]]) -> Check:
    """Whether the integration user sees the object; its fields, in lower case, and their types go to ``described``."""
    label = f"May read {name}"
    try:
        answer = ask(
            "GET",
            f"{instance_url}{API}/sobjects/{name}/describe",
            headers={"Authorization": f"Bearer {token}"},
        )
    except AttributionError as error:
        return fail(label, error.message, error.remedy)
    if answer.status_code == 404 and name in OPTIONAL_OBJECTS:
        return ok(label, OPTIONAL_OBJECTS[name])
    if answer.status_code != 200:
        return fail(label, words(answer), f"Give the app's run-as user Read and View All on {name}.")
    described[name] = {field["name"].lower(): field["type"] for field in answer.json()["fields"]}
    return ok(label, number(len(described[name]), "field"))


def field_vars(variables: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """FIELD_VARS with the one that is needed only where the conversions come from."""
    source = str(variables.get("salesforce_conversion_source"))
    return {**FIELD_VARS, "salesforce_conversion_type_field": CONVERSION_OBJECTS.get(source, ())}


def add_related_fields(
    instance_url: str, token: str, described: dict[str, dict[str, str]], variables: dict[str, Any]
) -> None:
    """Put into ``described`` each field of a related record (RecordType.DeveloperName) that a query may ask for."""
    for var, objects in field_vars(variables).items():
        field = str(variables.get(var))
        for name in objects:
            if "." in field and name in described:
                answer = ask(
                    "GET",
                    f"{instance_url}{API}/query",
                    params={"q": f"SELECT {field} FROM {name} LIMIT 1"},
                    headers={"Authorization": f"Bearer {token}"},
                )
                described[name] |= {field.lower(): ""} if answer.status_code == 200 else {}


def field_checks(described: dict[str, dict[str, str]], variables: dict[str, Any]) -> Iterator[Check]:
    """Whether the fields that the vars name are there; the default conversion time field need not be."""
    for var, objects in field_vars(variables).items():
        field = variables.get(var)
        if not field:
            continue
        lacking = [name for name in objects if name in described and field.lower() not in described[name]]
        if not lacking:
            yield ok(f"Var {var}", field)
        elif var == "salesforce_conversion_time_field" and field == "ConversionDate__c":
            yield ok(f"Var {var}", f"no {field} on {', '.join(lacking)}: CloseDate and ConvertedDate are used")
        else:
            yield fail(
                f"Var {var}",
                f"{', '.join(lacking)} has no field {field} that the run-as user sees",
                f"Set the var to a field's API name, or give the user access to {field}.",
            )


def date_check(described: dict[str, dict[str, str]], variables: dict[str, Any]) -> Check:
    """Which conversions have a day and no time, and in which zone that day is taken to be."""
    name = "Date-only conversions"
    field = str(variables.get("salesforce_conversion_time_field") or "")
    source = str(variables.get("salesforce_conversion_source"))
    days = []
    for each, day in (("Opportunity", "CloseDate"), ("Lead", "ConvertedDate")):
        if each not in described or (each == "Opportunity" and source == "lead"):
            continue
        kind = described[each].get(field.lower())
        if kind is None:
            days.append(f"{each}.{day}")
        elif kind == "date":
            days.append(f"{each}.{field}")
    if not days:
        return ok(name, f"{field} has a time; where it is empty, the day counts")
    instant = "end" if variables.get("date_only_convention") == "end_of_day" else "start"
    return warn(
        name,
        f"{', '.join(days)}: a conversion stands for the {instant} of its day in {variables.get('crm_timezone')}",
        "Fill a datetime field and name it in salesforce_conversion_time_field; see that crm_timezone is the CRM's.",
    )
