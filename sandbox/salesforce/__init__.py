"""A Salesforce org on loopback: token, describe and SOQL, strict where Salesforce is strict with a loader."""

from sandbox.salesforce.api import routes

__all__ = ["routes"]
