"""What ingestion, write-back and CLI share: settings, the warehouse, and errors that a user can act on."""
