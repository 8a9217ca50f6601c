"""What a load from Genesys Cloud and a write-back to it need, tried with reads that change nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from cli.checks.check import Check, ask, clock, fail, ok, warn, words
from cli.freshness import hours
from common import settings
from common.errors import AttributionError
from common.settings import GenesysSettings
from write_back.schema import SCHEMA_TITLE, SCHEMAS_PATH, differences

# The jobs' data is usually hours behind; a day is more than that.
AVAILABILITY_WARN = timedelta(hours=24)

# What is read → the permission that it takes, named where the answer does not name it.
READS = {
    "/api/v2/organizations/me": "any role",
    "/api/v2/analytics/conversations/details/jobs/availability": "analytics:conversationDetail:view",
    "/api/v2/outbound/campaigns": "outbound:campaign:view",
    "/api/v2/outbound/messagingcampaigns": "outbound:messagingCampaign:view",
    "/api/v2/outbound/contactlists": "outbound:contactList:view",
    "/api/v2/routing/wrapupcodes": "routing:wrapupCode:view",
    "/api/v2/routing/queues": "routing:queue:view",
    "/api/v2/routing/skills": "routing:skill:view",
    "/api/v2/users": "directory:user:view",
    "/api/v2/flows": "architect:flow:view",
    "/api/v2/flows/outcomes": "architect:flowOutcome:view",
    "/api/v2/flows/milestones": "architect:flowMilestone:view",
}
PAGED = ("outbound", "routing", "users", "flows")
# How long a used-up rate limit is waited for, once; a load beside it may use it up for a minute.
LONGEST_WAIT_SECONDS = 5


class RateLimitUsedUp(Exception):
    """The org answers 429 and would for longer than doctor waits: nothing more can be asked."""


def checks() -> Iterator[Check]:
    """Settings, token, clock, each permission, data availability, and the write-back's schema, in this order."""
    try:
        yield from org_checks()
    except RateLimitUsedUp:
        yield warn(
            "Genesys Cloud rate limit",
            "The rate limit is used up: something else uses this client. What follows was not checked.",
            "Try again in a minute.",
        )


def org_checks() -> Iterator[Check]:
    """The checks; raises RateLimitUsedUp where the org says so."""
    try:
        org = settings.genesys()
    except AttributionError as error:
        yield fail("Genesys Cloud settings", error.message, error.remedy)
        return
    yield ok("Genesys Cloud settings", f"{org.api_url}, client {org.client_id}")
    try:
        answer = patient_ask(
            "POST",
            f"{org.login_url}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(org.client_id, org.client_secret),
        )
    except AttributionError as error:
        yield fail("Genesys Cloud login", error.message, error.remedy)
        return
    token = token_of(answer)
    if token is None:
        yield fail(
            "Genesys Cloud login",
            words(answer),
            "Check GENESYSCLOUD_OAUTHCLIENT_ID and _SECRET, that the grant is client credentials, and the region.",
        )
        return
    yield ok("Genesys Cloud login", "the client gets a token")
    yield clock("Clock against Genesys Cloud", answer)
    for path, permission in READS.items():
        yield from permission_checks(org, token, path, permission)
    yield contacts_check(org, token)
    yield schema_check(org, token)


def token_of(answer: requests.Response) -> str | None:
    """The access token in an answer to a login, or None."""
    if answer.status_code != 200:
        return None
    try:
        body = answer.json()
    except requests.exceptions.JSONDecodeError:
        return None
    return body.get("access_token") if isinstance(body, dict) else None


def patient_ask(method: str, url: str, **arguments: Any) -> requests.Response:
    """``ask``, once more after a 429 that passes within LONGEST_WAIT_SECONDS; else raises RateLimitUsedUp."""
    answer = ask(method, url, **arguments)
    if answer.status_code != 429:
        return answer
    seconds = answer.headers.get("Retry-After", "").strip()
    if seconds.isdecimal() and int(seconds) <= LONGEST_WAIT_SECONDS:
        time.sleep(int(seconds))
        answer = ask(method, url, **arguments)
    if answer.status_code == 429:
        raise RateLimitUsedUp
    return answer


def get(org: GenesysSettings, token: str, path: str) -> requests.Response:
    """One harmless read."""
    first = path.removeprefix("/api/v2/").split("/")[0]
    parameters = {"pageSize": 1, "pageNumber": 1} if first in PAGED else None
    return patient_ask("GET", org.api_url + path, headers={"Authorization": f"Bearer {token}"}, params=parameters)


def permission_checks(org: GenesysSettings, token: str, path: str, permission: str) -> Iterator[Check]:
    """Whether the client may read ``path``; for the jobs' availability also how old it is."""
    name = f"May read {path.removeprefix('/api/v2/')}"
    try:
        answer = get(org, token, path)
        if answer.status_code != 200:
            yield refused(name, answer, permission)
            return
        body = answer.json()
    except AttributionError as error:
        yield fail(name, error.message, error.remedy)
        return
    except requests.exceptions.JSONDecodeError:
        yield fail(name, "the answer is no JSON", "Check the region or address: something else may answer there.")
        return
    if path.endswith("/organizations/me"):
        yield ok("Genesys Cloud org", f"{body.get('name')} ({body.get('id')})")
        return
    yield ok(name, permission)
    if path.endswith("/availability"):
        yield availability_check(body)


def refused(name: str, answer: requests.Response, permission: str) -> Check:
    """A failed read: a 403 names the permission that is missing, or else ``permission`` does."""
    if answer.status_code == 403:
        return fail(name, words(answer), f"Add {missing(answer) or permission} to a role of the OAuth client.")
    return fail(name, words(answer), "Try again; where it stays so, ask Genesys Cloud's status page.")


def missing(answer: requests.Response) -> str:
    """The permissions that a 403 names, or an empty text."""
    try:
        parameters = answer.json().get("messageParams") or {}
    except (requests.exceptions.JSONDecodeError, AttributeError):
        return ""
    return str(parameters.get("permissions") or "").strip("[]") if isinstance(parameters, dict) else ""


def availability_check(body: dict[str, Any]) -> Check:
    """How far behind now the data of the details jobs ends."""
    name = "Data availability of the details jobs"
    try:
        upto = datetime.fromisoformat(body["dataAvailabilityDate"])
    except (KeyError, TypeError, ValueError):
        return warn(name, f"no date in {body!r}", "Load anyway; conversations that are newer come with a later load.")
    upto = upto.replace(tzinfo=UTC) if upto.tzinfo is None else upto
    age = datetime.now(UTC) - upto
    said = f"up to {upto:%Y-%m-%d %H:%M} UTC, {hours(max(age, timedelta()))} ago"
    if age > AVAILABILITY_WARN:
        return warn(name, said, "What is newer comes with the first load after the jobs have caught up.")
    return ok(name, said)


def contacts_check(org: GenesysSettings, token: str) -> Check:
    """Whether contacts may be read: asks the first contact list for one contact that is not there."""
    name, permission = "May read outbound contacts", "outbound:contact:view"
    try:
        lists = get(org, token, "/api/v2/outbound/contactlists")
        if lists.status_code != 200 or not lists.json().get("entities"):
            return warn(name, "no contact list to try it on", f"See to it that the client has {permission}.")
        answer = patient_ask(
            "POST",
            f"{org.api_url}/api/v2/outbound/contactlists/{lists.json()['entities'][0]['id']}/contacts/bulk",
            headers={"Authorization": f"Bearer {token}"},
            json=["doctor-no-such-contact"],
        )
    except AttributionError as error:
        return fail(name, error.message, error.remedy)
    # Any other refusal says that the contact is not there, which is what was asked for.
    return refused(name, answer, permission) if answer.status_code in (401, 403) else ok(name, permission)


def schema_check(org: GenesysSettings, token: str) -> Check:
    """Whether the org has the write-back's schema, and as the write-back would make it."""
    name, permission = "Write-back schema", "conversation:customAttributes:schemaView"
    try:
        answer = get(org, token, SCHEMAS_PATH)
    except AttributionError as error:
        return fail(name, error.message, error.remedy)
    if answer.status_code != 200:
        return refused(name, answer, permission)
    ours = [
        schema
        for schema in answer.json().get("entities") or []
        if (schema.get("jsonSchema") or {}).get("title") == SCHEMA_TITLE
    ]
    if not ours:
        return warn(name, f"the org has no {SCHEMA_TITLE} yet", "The first `attribution write-back` makes it.")
    if not ours[0].get("enabled", True):
        return fail(name, f"{SCHEMA_TITLE} is disabled", "Enable it again in the org.")
    if found := differences(ours[0]["jsonSchema"]):
        return fail(name, f"{SCHEMA_TITLE} is not ours: {'; '.join(found)}", "Rename or change it in the org.")
    return ok(name, f"{SCHEMA_TITLE} is there and as the write-back writes it")
