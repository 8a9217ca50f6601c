"""A Salesforce org on loopback: token, describe, SOQL and bulk queries, as strict with a loader as Salesforce is."""

from sandbox.salesforce.api import Api, routes
from sandbox.salesforce.metadata import OBJECTS
from sandbox.salesforce.session import Sessions

__all__ = ["OBJECTS", "Api", "Sessions", "routes"]
