"""A Dynamics 365 org (Dataverse Web API) on loopback: token, metadata, OData queries and change tracking."""

from sandbox.dynamics.api import routes
from sandbox.dynamics.state import DynamicsState

__all__ = ["DynamicsState", "routes"]
