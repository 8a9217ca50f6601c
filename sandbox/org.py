"""What the sandbox holds: one dataclass that the content makes and the stand-ins serve."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

Record = dict[str, Any]


@dataclass
class Org:
    """The contents of the three systems, as their APIs write them.

    `conversations` are AnalyticsConversation objects with participant attributes, in ascending
    `conversationStart`; every other list holds objects of the entity that its name says. `contacts` maps
    contact list id → contact id → DialerContact. `salesforce` maps an object's API name to its records with
    API field names, deleted ones (`IsDeleted` true) among them; `dataverse` maps a table's logical name to its
    rows as the Dataverse Web API writes them. `truth` maps each planted trap to
    `{"count": int, "finding": str | None}`.

    Instants are UTC text: Genesys `2026-01-02T03:04:05.678Z`, Salesforce `2026-01-02T03:04:05.000+0000`,
    Dataverse `2026-01-02T03:04:05Z` (dates `2026-01-02`). Contents depend on `seed`, `scale` and `as_of` alone.
    """

    seed: int
    scale: float
    as_of: date
    organization: Record
    conversations: list[Record] = field(default_factory=list)
    campaigns: list[Record] = field(default_factory=list)
    messaging_campaigns: list[Record] = field(default_factory=list)
    contact_lists: list[Record] = field(default_factory=list)
    contacts: dict[str, dict[str, Record]] = field(default_factory=dict)
    wrapup_codes: list[Record] = field(default_factory=list)
    queues: list[Record] = field(default_factory=list)
    skills: list[Record] = field(default_factory=list)
    users: list[Record] = field(default_factory=list)
    flows: list[Record] = field(default_factory=list)
    flow_outcomes: list[Record] = field(default_factory=list)
    flow_milestones: list[Record] = field(default_factory=list)
    salesforce: dict[str, list[Record]] = field(default_factory=dict)
    dataverse: dict[str, list[Record]] = field(default_factory=dict)
    truth: dict[str, Record] = field(default_factory=dict)
