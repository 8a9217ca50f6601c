"""A model that asks what a build is about comes after the model that says so, whatever the sources are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

PACKAGE = "outbound_attribution"


def reached(first: str, follow: Callable[[str], Sequence[str]]) -> set[str]:
    found: set[str] = set()
    todo = list(follow(first))
    while todo:
        each = todo.pop()
        if each not in found:
            found.add(each)
            todo += follow(each)
    return found


@pytest.mark.parametrize("sources", [("files",), ("genesys", "salesforce", "files")], ids=", ".join)
@pytest.mark.parametrize(
    ("macro", "model"), [("builds_everything", "int_build_plan"), ("loads_to_build", "int_build_loads")]
)
def test_what_reads_the_plan_comes_after_it(
    manifest_of: Callable, sources: tuple[str, ...], macro: str, model: str
) -> None:
    manifest = manifest_of(sources)

    def macros_of(id: str) -> Sequence[str]:
        return (manifest.macros.get(id) or manifest.nodes[id]).depends_on.macros

    def models_of(id: str) -> Sequence[str]:
        return manifest.nodes[id].depends_on_nodes if id.startswith("model.") else []

    asks = [
        id
        for id, node in manifest.nodes.items()
        if node.resource_type == "model" and f"macro.{PACKAGE}.{macro}" in reached(id, macros_of)
    ]
    assert len(asks) > 1
    first = f"model.{PACKAGE}.{model}"
    assert [id for id in asks if first not in reached(id, models_of)] == []
