"""What `doctor` checks, one file per place: the project's settings, the warehouse, Genesys Cloud, each CRM."""
