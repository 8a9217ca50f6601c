"""In: one dlt source per system, each into its own schema raw_<source>."""
