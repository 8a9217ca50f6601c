"""Takes one person out: of raw, of all that is built on it, of the write-back's ledger and of the org."""
