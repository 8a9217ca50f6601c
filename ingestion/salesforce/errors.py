"""What went wrong between us and Salesforce, as a sentence and what to do about it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import requests

from common.errors import AttributionError
from ingestion import rest
from ingestion.rest import TRY_AGAIN

CHECK_APP = (
    "Copy the consumer key and secret of the connected app into SALESFORCE_CLIENT_ID and "
    "SALESFORCE_CLIENT_SECRET again, and give SALESFORCE_INSTANCE_URL your own domain "
    "(https://<your name>.my.salesforce.com)."
)


def refusals(response: requests.Response) -> list[dict[str, Any]]:
    """The errors in Salesforce's body, ``{"errorCode", "message"}`` each; empty where it is another kind of body."""
    try:
        body = response.json()
    except (ValueError, requests.RequestException):
        return []
    return [each for each in body if isinstance(each, dict)] if isinstance(body, list) else []


def error_code(response: requests.Response) -> str:
    """The first errorCode of the body, or an empty text."""
    return next((str(each.get("errorCode", "")) for each in refusals(response)), "")


def login_refused(response: requests.Response, instance_url: str) -> AttributionError:
    """A token request that was answered with an error."""
    try:
        body = response.json()
    except (ValueError, requests.RequestException):
        body = None
    if not isinstance(body, dict) or "error" not in body:
        return AttributionError(
            f"{instance_url} is no Salesforce org: its answer to a login was HTTP {response.status_code}.",
            "Give SALESFORCE_INSTANCE_URL the address of your org, such as https://acme.my.salesforce.com.",
        )
    error, description = body["error"], body.get("error_description", "")
    if error in ("invalid_client", "invalid_client_id"):
        name = "SALESFORCE_CLIENT_ID" if error == "invalid_client_id" else "SALESFORCE_CLIENT_SECRET"
        return AttributionError(f"Salesforce does not accept {name} ({error}: {description}).", CHECK_APP)
    return AttributionError(
        f"Salesforce refused the login ({error}: {description}).",
        "The connected app needs the client credentials flow switched on, with a user to run as; " + CHECK_APP,
    )


def explain(response: requests.Response, instance_url: str, doing: str) -> AttributionError:
    """An answer other than 2xx, after every retry."""
    refusal = next(iter(refusals(response)), {})
    code, message = str(refusal.get("errorCode", "")), " ".join(str(refusal.get("message", "")).split())
    said = f"{code}: {message}" if code else f"HTTP {response.status_code}"
    if code == "REQUEST_LIMIT_EXCEEDED":
        return AttributionError(
            f"Salesforce's limit of API requests is used up, so it refused {doing} ({said}).",
            "Load again when the 24-hour window has moved on, or raise the org's limit.",
        )
    if response.status_code == 401:
        return AttributionError(
            f"Salesforce ended the session and refused a new one while {doing} ({said}).",
            "Look at the session policies of the connected app and of the user that it runs as.",
        )
    if response.status_code == 403:
        return AttributionError(
            f"Salesforce does not allow {doing} ({said}).",
            "Give the user that the connected app runs as the permission API Enabled, and Read on the object.",
        )
    if response.status_code == 429 or response.status_code >= 500:
        return AttributionError(f"Salesforce at {instance_url} failed while {doing} ({said}).", TRY_AGAIN)
    if code in ("INVALID_FIELD", "INVALID_TYPE"):
        return AttributionError(
            f"Salesforce refused {doing} ({said}).",
            "Give the user that the connected app runs as Read on the object and on its fields.",
        )
    return AttributionError(f"Salesforce refused {doing} ({said}).", "--debug shows the whole request.")


def explained(instance_url: str, doing: str) -> AbstractContextManager[None]:
    """Turn what the HTTP client raises, once it has given up, into AttributionError."""
    return rest.explained(
        instance_url,
        doing,
        "SALESFORCE_INSTANCE_URL",
        lambda response: explain(response, instance_url, doing),
        sender=f"Salesforce at {instance_url}",
    )
