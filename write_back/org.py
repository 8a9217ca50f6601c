"""Which org the OAuth client belongs to: what is known of one org says nothing about another."""

from __future__ import annotations

from common.errors import AttributionError
from write_back.client import ApiError, GenesysClient


def organization_id(client: GenesysClient) -> str:
    """The org's id. Raises AttributionError where it does not say."""
    try:
        return str(client.get("/api/v2/organizations/me")["id"])
    except (ApiError, KeyError, TypeError) as error:
        raise AttributionError(
            f"Genesys Cloud does not say which org this is ({error}).", "Try again; `attribution doctor` shows more."
        ) from error
