"""The Genesys Cloud org stand-in: strict where the real API is strict."""

from __future__ import annotations

from starlette.routing import Route

from sandbox.genesys import attributes, contact_jobs, contacts, jobs, listings, organization, participants, schemas
from sandbox.genesys.access import token_route
from sandbox.genesys.state import GenesysState

__all__ = ["GenesysState", "routes"]


def routes(state: GenesysState) -> list[Route]:
    """Every route of the stand-in, bound to one state."""
    return [
        token_route(state),
        *jobs.routes(state),
        *listings.routes(state),
        *contact_jobs.routes(state),
        *contacts.routes(state),
        *schemas.routes(state),
        *attributes.routes(state),
        *participants.routes(state),
        *organization.routes(state),
    ]
