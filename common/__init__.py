"""What ingestion, write-back and CLI share: settings from the environment, the warehouse, and errors a user can act on."""
