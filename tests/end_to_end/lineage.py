"""The walk over dbt's lineage that keeps the write-back's output from becoming input."""

from __future__ import annotations

import re
from typing import Any

# The write-back's schema in SQL that goes round the sources: write_back.ledger, "write_back"."ledger".
SCHEMA = re.compile(r"""\bwrite_back["`']?\s*\.""", re.IGNORECASE)
# A node's own words: what it says itself, what it compiles to, what runs before and after it.
HOOKS = ("pre-hook", "post-hook")


def upstream(manifest: dict[str, Any], node: str) -> set[str]:
    """The node and all that it is built on."""
    seen: set[str] = set()
    to_see = [node]
    while to_see:
        at = to_see.pop()
        if at not in seen:
            seen.add(at)
            to_see += manifest["parent_map"].get(at, [])
    return seen


def exports(manifest: dict[str, Any]) -> list[str]:
    """The models that leave the warehouse."""
    return [
        name
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["schema"] == "exports"
    ]


def circles(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """(export, ancestor of it that reads what the write-back produces), by source or by name."""
    found = []
    for export in exports(manifest):
        for ancestor in sorted(upstream(manifest, export)):
            source = manifest["sources"].get(ancestor)
            if source and (source["schema"] == "write_back" or _meta(source).get("produced_by") == "write_back"):
                found.append((export, ancestor))
            node = manifest["nodes"].get(ancestor)
            if node and SCHEMA.search(_sql(node)):
                found.append((export, ancestor))
    return found


def _meta(node: dict[str, Any]) -> dict[str, Any]:
    return {**(node.get("meta") or {}), **(node.get("config", {}).get("meta") or {})}


def _sql(node: dict[str, Any]) -> str:
    config = node.get("config", {})
    hooks = [hook["sql"] if isinstance(hook, dict) else hook for name in HOOKS for hook in config.get(name) or []]
    return "\n".join([node.get("raw_code") or "", node.get("compiled_code") or "", *hooks])
