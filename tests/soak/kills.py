"""SIGKILL at random moments of load, build, write-back and the whole run; then everything is as if there was none."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import credit
from place import CONTRACTS, PATIENCE_SECONDS, RAW, Contents, Difference, Place, compare, contents, kill, of_org

from sandbox.genesys import GenesysState
from sandbox.org import Org

# What a dbt of its own does on a project that is parsed already: seconds faster than `dbt build`.
BUILD = """
import json, sys
from pathlib import Path
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
manifest = Manifest.from_msgpack(Path(sys.argv[1]).read_bytes())
manifest.build_flat_graph()
sys.exit(not dbtRunner(manifest=manifest).invoke(sys.argv[2:]).success)
"""
WRITE_BACK_ROWS = 250


@dataclass
class Counts:
    """What was done, and how the ends differed from the one without kills and faults."""

    done: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    failures: list[str] = field(default_factory=list)

    def note(self, what: str, difference: Difference) -> None:
        """Add a comparison."""
        self.done[f"{what}: ends compared"] += 1
        self.lost += difference.lost
        self.doubled += difference.doubled
        self.wrong += difference.wrong
        self.failures += [f"{what}: {where}" for where in difference.where]
        for where in difference.where:
            print(f"DIFFERS {what}: {where}", flush=True)

    def fail(self, what: str, said: str) -> None:
        """Add a command that ended badly though nobody killed it."""
        self.wrong += 1
        self.failures.append(f"{what} ended badly")
        print(f"DIFFERS {what} ended badly: {said[-2000:]}", flush=True)


@dataclass
class Reference:
    """One run without kills and faults: the warehouse after the load and after all of it, and what the org held."""

    org: Org
    loaded: Path
    whole: Path
    parsed: Path
    raw: Contents
    contracts: Contents
    in_org: Contents
    seconds: dict[str, float]


def make_reference(place: Place, org: Org, is_for_runs_alone: bool = False) -> Reference:
    """Take the whole way once, in two steps, so that a copy of each is there; then build once more and compare.

    ``is_for_runs_alone``: in one step, and ``loaded`` is a copy of what is there after it.
    """
    seconds = {}
    place.begin()
    with place.org(org) as sandbox:
        for step in ("run",) if is_for_runs_alone else ("load", "run"):
            done = place.run(step)
            assert done.code == 0, done.said[-4000:]
            seconds[step] = done.seconds
            if step == "load":
                loaded = place.keep("loaded")
        in_org = of_org(sandbox.genesys)
    whole = place.keep("whole")
    parsed = place.folder / "parsed.msgpack"
    parsed.write_bytes((place.folder / "target" / "partial_parse.msgpack").read_bytes())
    reference = Reference(
        org=org,
        loaded=whole if is_for_runs_alone else loaded,
        whole=whole,
        parsed=parsed,
        raw=contents(whole, RAW),
        contracts=contents(whole, CONTRACTS),
        in_org=in_org,
        seconds=seconds,
    )
    if is_for_runs_alone:
        return reference
    place.begin(loaded)
    begin = time.monotonic()
    done = place.finished(build(place, reference))
    assert done.code == 0, done.said[-4000:]
    seconds["build"] = time.monotonic() - begin
    found = compare(reference.contracts, contents(place.file, CONTRACTS))
    assert not found, f"two builds without faults differ: {found.where}"
    return reference


def build(place: Place, reference: Reference) -> subprocess.Popen[str]:
    """A build of all models, without tests and seeds' checks, in a process of its own."""
    return place.start_script(BUILD, str(reference.parsed), "--quiet", "build")


def killed(
    start: Callable[[], subprocess.Popen[str]],
    draw: random.Random,
    longest: float,
    kills: int,
    with_children: bool = True,
) -> int:
    """Start and kill so many times; one that had ended by itself says how long it takes now, and does not count."""
    done, ended = 0, 0
    refused_until = time.monotonic() + PATIENCE_SECONDS
    while done < kills and ended < 2 * kills and time.monotonic() < refused_until:
        begin, process = time.monotonic(), start()
        if kill(process, draw, longest, with_children):
            done += 1
        elif process.returncode == 0:
            ended += 1
            longest = max(0.9 * (time.monotonic() - begin), 0.5)
        else:
            time.sleep(0.5)  # refused: a dbt that was left alone still works on the warehouse
    return done


def kill_loads(place: Place, reference: Reference, counts: Counts, draw: random.Random, kills: int) -> None:
    """An empty warehouse, a load that is killed a few times, and one that is not."""
    with place.org(reference.org, faults=draw.randrange(10**6)):
        place.begin()
        counts.done["load killed"] += killed(lambda: place.start("load"), draw, reference.seconds["load"], kills)
        done = place.run("load")
    if done.code:
        counts.fail("load", done.said)
    else:
        counts.note("load", compare(reference.raw, contents(place.file, RAW)))


def kill_builds(place: Place, reference: Reference, counts: Counts, draw: random.Random, kills: int) -> None:
    """A loaded warehouse (now and then a built one), a build that is killed a few times, and one that is not."""
    place.begin(draw.choice([reference.loaded, reference.whole]))
    counts.done["build killed"] += killed(lambda: build(place, reference), draw, reference.seconds["build"], kills)
    done = place.finished(build(place, reference))
    if done.code:
        counts.fail("build", done.said)
    else:
        counts.note("build", compare(reference.contracts, contents(place.file, CONTRACTS)))


def kill_write_backs(place: Place, counts: Counts, draw: random.Random, kills: int, editions: int = 3) -> None:
    """Several editions of an export, each written back through kills and faults, to one org."""
    expected: dict[str, dict[str, object]] = {}
    written: Counter[str] = Counter()
    # How long a write-back takes here; the last one that was not killed says it.
    longest = 4.0
    place.begin()
    with place.org(credit.org_of(WRITE_BACK_ROWS), faults=draw.choice([None, draw.randrange(10**6)])) as sandbox:
        for edition in range(editions):
            credit.fill(place.file, WRITE_BACK_ROWS, edition)
            for _ in range(kills // editions):
                counts.done["write-back killed"] += kill(place.start("write-back"), draw, longest)
            done = place.run("write-back")
            if done.code:
                counts.fail("write-back", done.said)
                return
            longest = max(1.3 * done.seconds, 1.0)
            expect(expected, written, edition)
            counts.note("write-back", compare(_as_contents(expected, written), of_credit(sandbox.genesys)))


def expect(expected: dict[str, dict[str, object]], written: Counter[str], edition: int) -> None:
    """What the org holds after this edition, and the writes that brought it there, each once."""
    for number in range(WRITE_BACK_ROWS):
        id = f"conversation-{number:04}"
        gone = edition % 2 and number % 7 == 0
        if gone and id not in expected:
            continue
        expected[id] = (
            {"credit": 0.0} if gone else {"credit": (number + edition) / 1000, "campaign": f"campaign-{edition}"}
        )
        written[f"{id} {json.dumps(expected[id], sort_keys=True)}"] += 1


def of_credit(state: GenesysState) -> Contents:
    """The same, read from the org and its journal."""
    held = {
        id: short(record["customAttributes"]) for id, records in state.attributes.items() for record in records.values()
    }
    written = Counter(
        f"{entry['conversationId']} {json.dumps(short(entry['customAttributes']), sort_keys=True)}"
        for entry in state.journal
        if entry["kind"] == "custom_attributes"
    )
    return _as_contents(held, written)


def short(attributes: dict[str, object]) -> dict[str, object]:
    names = {"credit": "attribution_credit_number", "campaign": "attribution_campaign_id_text"}
    return {name: attributes[key] for name, key in names.items() if key in attributes}


def _as_contents(held: dict[str, dict[str, object]], written: Counter[str]) -> Contents:
    rows = Counter(f"{id} {json.dumps(values, sort_keys=True)}" for id, values in held.items())
    return {"org.custom_attributes": rows, "org.journal": Counter(written)}


def kill_runs(place: Place, reference: Reference, counts: Counts, draw: random.Random, kills: int) -> None:
    """An empty warehouse, the whole run killed a few times (its dbt now and then left alone), and one that is not."""
    place.begin()
    with place.org(reference.org, faults=draw.choice([None, draw.randrange(10**6)])) as sandbox:
        for alone in (False, True):
            found = killed(
                lambda: place.start("run"), draw, reference.seconds["run"], kills // 2, with_children=not alone
            )
            counts.done["run killed"] += found
            counts.done["run killed, its dbt left alone"] += found if alone else 0
        done = place.run("run")
        if done.code:
            counts.fail("run", done.said)
            return
        counts.note("run, raw tables", compare(reference.raw, contents(place.file, RAW)))
        counts.note("run, contract tables", compare(reference.contracts, contents(place.file, CONTRACTS)))
        counts.note("run, org", compare(reference.in_org, of_org(sandbox.genesys)))
