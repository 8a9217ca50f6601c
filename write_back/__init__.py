"""Out: what the export model says a conversation earned, written to that conversation in Genesys Cloud."""
