"""The seven attributes that the write-back puts on a conversation, by title and by schema key.

Write-back sends them, ingestion drops them. Both read this list, so that nothing written comes back as input.
"""

from __future__ import annotations

import re

# Title of the schema's property → its core type in Genesys Cloud, in the order in which they are sent.
ATTRIBUTION_ATTRIBUTES: dict[str, str] = {
    "AttributionCredit": "number",
    "AttributionValue": "number",
    "AttributionModel": "text",
    "AttributionSingleWin": "number",
    "AttributionCampaignID": "text",
    "AttributionTouchSequence": "integer",
    "AttributionConversions": "integer",
}


def schema_key(title: str, core_type: str) -> str:
    """A schema property's key: ``AttributionCampaignID``, ``text`` → ``attribution_campaign_id_text``."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*", title)
    return "_".join([*(word.lower() for word in words), core_type])


# Title → key, in the same order.
ATTRIBUTION_KEYS: dict[str, str] = {
    title: schema_key(title, core_type) for title, core_type in ATTRIBUTION_ATTRIBUTES.items()
}

# Every name under which one of the seven may stand among a participant's attributes.
ATTRIBUTION_NAMES: frozenset[str] = frozenset([*ATTRIBUTION_KEYS, *ATTRIBUTION_KEYS.values()])
