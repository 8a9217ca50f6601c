"""The example journeys of the path list: which the page shows at first, and where their pages are."""

from __future__ import annotations

from typing import Any


def shown_at_first(content: dict[str, Any]) -> list[str]:
    """Conversion ids of the examples that the page shows before anything is chosen, in its order.

    ``content`` is what ``dashboard.query.read`` gave.
    """
    paths = content["cubes"]["paths"]
    return [paths["examples"][number] for number in paths["first"]]


def with_links(content: dict[str, Any], links: dict[str, str]) -> dict[str, Any]:
    """The content with the addresses of examples, by conversion id; an example without one stays a command."""
    if not links:
        return content
    return {**content, "journeys": [links.get(id) for id in content["cubes"]["paths"]["examples"]]}
