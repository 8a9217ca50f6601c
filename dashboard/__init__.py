"""The dashboard: one HTML file, made from sums over the marts, that opens anywhere and asks no network for anything."""
