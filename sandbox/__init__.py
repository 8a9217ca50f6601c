"""A Genesys Cloud org, a Salesforce org and a Dynamics 365 org on loopback, for the demo and the tests."""
