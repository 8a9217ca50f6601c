"""A second round in which nothing is new sends nothing and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from world import FirstRound, World, differences

from sandbox.org import Org
from sandbox.server import Sandbox


@pytest.fixture(scope="module")
def second_round(
    first_round: FirstRound, world: World, org: Org, run_sandbox: Callable[..., Sandbox], ask: Callable[..., Any]
) -> dict[str, Any]:
    sandbox = run_sandbox(org, first_round.memory)
    world.begin_with(first_round.file)
    loads = "select count(*) as loads from raw_genesys.completed_loads"
    before = world.query(loads)[0]["loads"]
    summary = world.go_the_whole_way(sandbox)
    return {
        "loads": world.query(loads)[0]["loads"] - before,
        "summary": summary,
        "contents": world.contents(),
        "journal": ask(sandbox, "journal"),
        "attributes": ask(sandbox, "custom_attributes"),
    }


def test_nothing_new_sends_no_write(first_round: FirstRound, second_round: dict[str, Any]) -> None:
    assert second_round["loads"] == 1
    assert second_round["journal"] == first_round.memory["journal"] != []
    assert second_round["attributes"] == first_round.attributes
    summary = second_round["summary"]
    assert (summary.sent, summary.retracted, summary.unchanged) == (0, 0, first_round.sent)


def test_nothing_new_changes_no_row_of_any_contract_table(
    first_round: FirstRound, second_round: dict[str, Any]
) -> None:
    assert differences(first_round.contents(), second_round["contents"]) == {}
