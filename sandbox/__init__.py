"""A Genesys Cloud org and a Salesforce org on loopback, for the demo and the tests."""
