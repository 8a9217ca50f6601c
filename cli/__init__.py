"""The `attribution` command: one file per command, each a thin layer over the part that does the work."""
