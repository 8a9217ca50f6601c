"""The custom attributes schema that our records stand under: what it looks like, and whether the org's is ours."""

from __future__ import annotations

import logging
from typing import Any

from common.attribution_attributes import ATTRIBUTION_ATTRIBUTES, ATTRIBUTION_KEYS
from common.errors import AttributionError
from write_back.client import ApiError, GenesysClient

logger = logging.getLogger(__name__)

SCHEMAS_PATH = "/api/v2/conversations/customattributes/schemas"
SCHEMA_TITLE = "OutboundAttribution"

DESCRIPTIONS = {
    "AttributionCredit": "Credit of this conversation, summed over conversions (1 = one whole conversion)",
    "AttributionValue": "Conversion value credited to this conversation, in the reporting currency",
    "AttributionModel": "Attribution model that gave the credit",
    "AttributionSingleWin": "Conversions that this conversation won outright",
    "AttributionCampaignID": "Campaign of this conversation",
    "AttributionTouchSequence": "Number of this touch in its campaign's sequence",
    "AttributionConversions": "Conversions that this conversation took part in",
}


def schema_body() -> dict[str, Any]:
    """The schema as it is sent (``ConversationJsonSchemaRequest``). The one place that knows its shape."""
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": SCHEMA_TITLE,
        "description": "What outbound attribution credits to a conversation",
        "required": [],
        "properties": {
            ATTRIBUTION_KEYS[title]: {
                "allOf": [{"$ref": f"#/definitions/{core_type}"}],
                "title": title,
                "description": DESCRIPTIONS[title],
            }
            for title, core_type in ATTRIBUTION_ATTRIBUTES.items()
        },
    }


def differences(document: dict[str, Any]) -> list[str]:
    """How an org's schema (``jsonSchema``) differs from ours where it matters; empty where it doesn't.

    Limits and descriptions may differ: the org may fill them in. A property of somebody else's matters, since
    each write replaces a whole record and would empty it.
    """
    ours, theirs = schema_body()["properties"], document.get("properties") or {}
    found = [f"it lacks {key}" for key in ours if key not in theirs]
    found += [f"it has {key}, which is not ours" for key in theirs if key not in ours]
    for key in ours.keys() & theirs.keys():
        for what, read in (("core type", _core_type), ("title", lambda prop: prop.get("title"))):
            expected, actual = read(ours[key]), read(theirs[key])
            if expected != actual:
                found.append(f"{key} has the {what} {actual}, not {expected}")
    return sorted(found)


def find_schema(client: GenesysClient) -> str | None:
    """The id of our schema in the org, None where there is none yet.

    Raises AttributionError where a schema of our title is disabled or is not as ours.
    """
    listing = client.get(SCHEMAS_PATH) or {}
    ours = [
        schema
        for schema in listing.get("entities") or []
        if (schema.get("jsonSchema") or {}).get("title") == SCHEMA_TITLE
    ]
    if not ours:
        return None
    schema = next((schema for schema in ours if schema.get("enabled", True)), None)
    if schema is None:
        raise AttributionError(
            f"The custom attributes schema {SCHEMA_TITLE} of the Genesys Cloud org is disabled.",
            "Enable it again (its records belong to it), then run the write-back again.",
        )
    if found := differences(schema["jsonSchema"]):
        raise AttributionError(
            f"The Genesys Cloud org has a custom attributes schema {SCHEMA_TITLE} that is not ours: "
            f"{'; '.join(found)}.",
            "Rename or change that schema; the write-back makes its own where none has this title.",
        )
    return schema["id"]


def make_schema(client: GenesysClient) -> str:
    """Make our schema and return its id; AttributionError where the org refuses it."""
    try:
        schema_id = client.post(SCHEMAS_PATH, schema_body())["id"]
    except ApiError as error:
        # An earlier attempt may have made it though its answer was lost; then the title is taken, by us.
        if (made := find_schema(client)) is not None:
            return made
        raise AttributionError(
            f"Genesys Cloud refused the custom attributes schema {SCHEMA_TITLE}: {error.message}",
            "See the schemas of the org's conversation custom attributes; their number is limited.",
        ) from error
    logger.info("Made the custom attributes schema %s (%s).", SCHEMA_TITLE, schema_id)
    return schema_id


def _core_type(prop: dict[str, Any]) -> str | None:
    for part in prop.get("allOf") or []:
        if reference := part.get("$ref"):
            return str(reference).rsplit("/", 1)[-1]
    return None
