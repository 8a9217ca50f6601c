"""What went wrong between us and Dynamics 365, as a sentence and what to do about it."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager

import requests

from common.errors import AttributionError
from ingestion import rest
from ingestion.rest import TRY_AGAIN

CHECK_APP = (
    "Compare DYNAMICS_TENANT_ID, DYNAMICS_CLIENT_ID and DYNAMICS_CLIENT_SECRET with the app registration in Entra ID "
    "(Overview, and Certificates & secrets: the secret's Value, not its id)."
)
SET_UP = "docs/dynamics_setup.md says how."
# ErrorCodes.ExpiredVersionStamp: a delta link from before the days of changes that Dataverse keeps.
EXPIRED_VERSION = "0x80044352"
NOT_A_MEMBER = "0x80072560"
# AADSTS codes of Entra ID's token endpoint → which setting is wrong.
LOGIN_CODES = {
    "AADSTS90002": "DYNAMICS_TENANT_ID",
    "AADSTS900023": "DYNAMICS_TENANT_ID",
    "AADSTS700016": "DYNAMICS_CLIENT_ID",
    "AADSTS7000215": "DYNAMICS_CLIENT_SECRET",
    "AADSTS7000222": "DYNAMICS_CLIENT_SECRET",
    "AADSTS500011": "DYNAMICS_URL",
}


class LinkExpired(Exception):
    """The delta link is no longer good: the table has to be read again in full."""


def refusal(response: requests.Response) -> tuple[str, str]:
    """(code, message) of a Web API error body; two empty texts where it is another kind of body."""
    try:
        body = response.json()
    except (ValueError, requests.RequestException):
        return "", ""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "", ""
    return str(error.get("code", "")), " ".join(str(error.get("message", "")).split())


def login_refused(response: requests.Response, login_url: str) -> AttributionError:
    """A token request that was answered with an error."""
    try:
        body = response.json()
    except (ValueError, requests.RequestException):
        body = None
    if not isinstance(body, dict) or "error" not in body:
        return AttributionError(
            f"{login_url} is no Entra ID: its answer to a login was HTTP {response.status_code}.",
            "Leave DYNAMICS_LOGIN_URL out, or give it your cloud's login address.",
        )
    description = " ".join(str(body.get("error_description", "")).split())
    code = description.partition(":")[0]
    said = f"{body['error']}: {description}"
    if code == "AADSTS7000222":
        return AttributionError(
            f"The secret in DYNAMICS_CLIENT_SECRET has expired ({said}).",
            "Make a new client secret in the app registration, and put its Value into DYNAMICS_CLIENT_SECRET.",
        )
    if code in LOGIN_CODES:
        return AttributionError(f"Entra ID does not accept {LOGIN_CODES[code]} ({said}).", CHECK_APP)
    return AttributionError(f"Entra ID refused the login ({said}).", CHECK_APP)


def explain(response: requests.Response, url: str, doing: str) -> AttributionError:
    """An answer other than 2xx, after every retry."""
    code, message = refusal(response)
    said = f"{code}: {message}" if code else f"HTTP {response.status_code}"
    if privilege := re.search(r"\b(prv\w+)", message) if response.status_code == 403 else None:
        return AttributionError(
            f"Dynamics 365 does not allow {doing}: the application user lacks {privilege[1]} ({code}).",
            f"Give one of its security roles this privilege at the level Organization; {SET_UP}",
        )
    if code == NOT_A_MEMBER or (response.status_code == 403 and "not a member" in message):
        return AttributionError(
            f"The app registration is no user of {url} ({said}).",
            f"Make it an application user of the environment, with a security role; {SET_UP}",
        )
    if response.status_code == 403:
        return AttributionError(
            f"Dynamics 365 does not allow {doing} ({said}).", f"Look at the application user's security roles; {SET_UP}"
        )
    if response.status_code == 401:
        return AttributionError(
            f"Dynamics 365 refused the token while {doing} ({said}).",
            "DYNAMICS_URL has to be the environment's own address (https://<name>.crm<number>.dynamics.com), and the "
            "app registration an application user of it.",
        )
    if response.status_code == 429:
        return AttributionError(
            f"Dynamics 365's service protection limit refused {doing}, again and again ({said}).",
            "Load again in some minutes, or at a time when fewer programs use the same application user.",
        )
    if response.status_code >= 500:
        return AttributionError(f"Dynamics 365 at {url} failed while {doing} ({said}).", TRY_AGAIN)
    return AttributionError(f"Dynamics 365 refused {doing} ({said}).", "--debug shows the whole request.")


def explained(url: str, doing: str, setting: str = "DYNAMICS_URL") -> AbstractContextManager[None]:
    """Turn what the HTTP client raises, once it has given up, into AttributionError."""
    return rest.explained(url, doing, setting, lambda response: explain(response, url, doing), sender=url)
