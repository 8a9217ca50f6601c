"""The generated org at a fiftieth of its size, taken the whole way once for all tests, whatever process runs them."""

from __future__ import annotations

import pickle
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

sys.path.insert(0, str(Path(__file__).parent))
# The count of findings in plain Python, which the sandbox's own tests hold its content against.
sys.path.insert(0, str(Path(__file__).parents[1] / "sandbox"))
# The project that all processes share, parsed once.
sys.path.insert(0, str(Path(__file__).parents[1] / "histories"))

from parsed import made_once, shared_folder
from world import AS_OF, MEMORY, RATE_LIMIT, SCALE, SEED, FirstRound, World

from sandbox.content import build_org
from sandbox.org import Org
from sandbox.server import Sandbox


def ask(sandbox: Sandbox, what: str) -> Any:
    """truth, journal or custom_attributes, by HTTP."""
    answer = requests.get(f"{sandbox.base_url}/_sandbox/{what}", timeout=30)
    answer.raise_for_status()
    return answer.json()


@pytest.fixture(scope="session")
def org() -> Org:
    """The org; a test that changes it copies it first."""
    return build_org(seed=SEED, scale=SCALE, as_of=AS_OF)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A place of this process's own for one round after the other."""
    return World(tmp_path_factory.mktemp("world"), shared_folder(tmp_path_factory))


@pytest.fixture(scope="session")
def first_round(tmp_path_factory: pytest.TempPathFactory, world: World, org: Org) -> FirstRound:
    """Load, the full `dbt build` with all tests, write-back. The first process to get here does it, the others wait."""
    shared = shared_folder(tmp_path_factory) / "first_round"
    shared.mkdir(exist_ok=True)

    def take(file: Path) -> None:
        file.write_bytes(pickle.dumps(take_first_round(world, org, shared / "warehouse.duckdb")))

    return pickle.loads(made_once(shared / "round.pickle", take).read_bytes())


def take_first_round(world: World, org: Org, file: Path) -> FirstRound:
    """The whole way from an empty file, which ends as ``file``."""
    world.clear()
    with Sandbox(org, rate_limit=RATE_LIMIT) as sandbox:
        world.load(sandbox)
        jobs = sandbox.genesys.jobs.values()
        windows = [[org.conversations[position]["conversationId"] for position in job.positions] for job in jobs]
        world.dbt("build")
        summary = world.write_back(sandbox)
        shutil.copy(world.file, file)
        return FirstRound(
            file=file,
            manifest=world.manifest(),
            memory={name: getattr(sandbox.genesys, name) for name in MEMORY},
            windows=windows,
            attributes=ask(sandbox, "custom_attributes"),
            truth=ask(sandbox, "truth"),
            sent=summary.sent,
        )


@pytest.fixture(scope="module")
def run_sandbox() -> Iterator[Callable[..., Sandbox]]:
    """``run_sandbox(org, memory=None, **options)`` runs a sandbox until the module's tests have ended.

    ``memory`` is what its Genesys org remembers from a round before.
    """
    with ExitStack() as running:

        def start(org: Org, memory: dict[str, Any] | None = None, **options: Any) -> Sandbox:
            sandbox = running.enter_context(Sandbox(org, rate_limit=RATE_LIMIT, **options))
            for name, value in pickle.loads(pickle.dumps(memory or {})).items():
                setattr(sandbox.genesys, name, value)
            return sandbox

        yield start


@pytest.fixture(name="ask", scope="session")
def ask_fixture() -> Callable[[Sandbox, str], Any]:
    """``ask(sandbox, what)``: truth, journal or custom_attributes, by HTTP."""
    return ask
