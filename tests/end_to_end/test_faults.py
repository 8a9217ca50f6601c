"""Through faults the whole way ends where it ends without them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from world import FirstRound, World, differences

from sandbox.faults import FaultInjector
from sandbox.org import Org
from sandbox.server import Sandbox


@pytest.mark.parametrize("seed", [1])  # `make soak` takes a hundred others
def test_through_faults_warehouse_and_org_end_as_without(
    first_round: FirstRound,
    world: World,
    org: Org,
    run_sandbox: Callable[..., Sandbox],
    ask: Callable[..., Any],
    injected: list[FaultInjector],
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    # Small pages, so that a small org has several of everything.
    monkeypatch.setattr("ingestion.genesys.client.RESULTS_PAGE_SIZE", 10)
    monkeypatch.setattr("sandbox.salesforce.answers.PAGE_SIZE", 40)
    sandbox = run_sandbox(org, faults=seed)
    world.clear()
    summary = world.go_the_whole_way(sandbox)
    assert summary.sent == first_round.sent
    assert differences(first_round.contents(), world.contents()) == {}
    assert ask(sandbox, "custom_attributes") == first_round.attributes
    (injector,) = injected
    struck = {kind for kind, times in injector.injected.items() if times}
    assert struck >= {"job_fails", "cursor_refused", "duplicate_page", "expired_mid_page", "bulk_partial"}
    assert len(struck & {"429", "500", "502", "503", "cut"}) > 2


@pytest.fixture
def injected(monkeypatch: pytest.MonkeyPatch) -> list[FaultInjector]:
    """The injectors of the sandboxes that the test starts."""
    made: list[FaultInjector] = []
    begin = FaultInjector.__init__

    def remember(self: FaultInjector, *arguments: Any, **options: Any) -> None:
        begin(self, *arguments, **options)
        made.append(self)

    monkeypatch.setattr(FaultInjector, "__init__", remember)
    return made
