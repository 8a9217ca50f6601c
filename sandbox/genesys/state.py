"""What one running Genesys org stand-in remembers: tokens, jobs, schemas, records, and the journal of writes."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sandbox.genesys.conversations import ConversationStore, default_availability
from sandbox.org import Org

Record = dict[str, Any]


@dataclass
class Token:
    """A bearer token: whose it is, and until when (`time.monotonic`)."""

    client_id: str
    expires_at: float


@dataclass
class Job:
    """A details job: which conversations it found, and how often it was asked for."""

    id: str
    positions: list[int]
    seen_at: datetime
    submitted_at: datetime
    outcome: str = "FULFILLED"
    polls: int = 0
    completed_at: datetime | None = None


@dataclass
class GenesysState:
    """State of the org stand-in; tests may reach in where a behaviour cannot be asked for by HTTP.

    `job_outcomes` holds the outcomes of the next jobs (`FAILED`, `EXPIRED`); once it is empty every job is
    FULFILLED. `availability` may be moved while the org runs. `rate_window_seconds` is 60, as Genesys has it.
    """

    org: Org
    rate_limit: int
    token_seconds: int
    availability: datetime
    store: ConversationStore
    rate_window_seconds: float = 60.0
    tokens: dict[str, Token] = field(default_factory=dict)
    windows: dict[str, tuple[float, int]] = field(default_factory=dict)
    job_outcomes: deque[str] = field(default_factory=deque)
    jobs: dict[str, Job] = field(default_factory=dict)
    schemas: dict[str, Record] = field(default_factory=dict)
    attributes: dict[str, dict[str, Record]] = field(default_factory=dict)
    contacts: dict[str, dict[str, Record]] = field(default_factory=dict)
    contact_jobs: dict[str, Record] = field(default_factory=dict)
    journal: list[Record] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, org: Org, *, rate_limit: int, token_seconds: int, availability: datetime | None) -> GenesysState:
        """The state of a newly started org."""
        store = ConversationStore(org.conversations)
        return cls(
            org=org,
            rate_limit=rate_limit,
            token_seconds=token_seconds,
            availability=availability or default_availability(store),
            store=store,
            # The org's own stay as they were made, so that another stand-in can begin with them.
            contacts={list_id: dict(contacts) for list_id, contacts in org.contacts.items()},
        )

    def next_id(self, kind: str) -> str:
        """The next id of a kind: the same in every run of the same org."""
        number = self.counters[kind] = self.counters.get(kind, 0) + 1
        organization = uuid5(NAMESPACE_URL, f"genesys:{self.org.organization['id']}")
        return str(uuid5(UUID(str(organization)), f"{kind}/{number}"))

    def live_token(self, text: str) -> Token | None:
        """The token, if it is known and has not expired."""
        token = self.tokens.get(text)
        return token if token is not None and token.expires_at > time.monotonic() else None
