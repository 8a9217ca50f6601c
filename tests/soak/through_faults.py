"""Loads, write-backs and whole runs through the sandbox's faults at random rates; they end as without."""

from __future__ import annotations

import random
from unittest.mock import patch

import duckdb
from kills import Counts, Reference
from place import CONTRACTS, RAW, Place, compare, contents, of_org

from sandbox import faults
from sandbox.faults import FaultInjector
from sandbox.server import Sandbox


def rates(draw: random.Random) -> dict[str, float]:
    """The share of requests that meet each general fault: each between none and three times what it is by itself."""
    return {kind: share * draw.uniform(0, 3) for kind, share in faults.GENERAL.items()}


def load_and_write_back(place: Place, reference: Reference, counts: Counts, draw: random.Random) -> None:
    """A load into an empty warehouse, and a write-back of the whole export, each compared."""
    with (
        patch.object(faults, "GENERAL", rates(draw)),
        place.org(reference.org, faults=draw.randrange(10**6)) as sandbox,
    ):
        place.begin()
        loaded = place.run("load")
        counts.done["load through faults"] += 1
        if loaded.code:
            counts.fail("load through faults", loaded.said)
        else:
            counts.note("load through faults", compare(reference.raw, contents(place.file, RAW)))
        place.begin(reference.whole)
        _forget_what_was_sent(place)
        sent = place.run("write-back")
        counts.done["write-back through faults"] += 1
        if sent.code:
            counts.fail("write-back through faults", sent.said)
        else:
            counts.note("write-back through faults", compare(reference.in_org, of_org(sandbox.genesys)))
        _note_faults(counts, sandbox)


def run(place: Place, reference: Reference, counts: Counts, draw: random.Random) -> None:
    """The whole of it from an empty warehouse."""
    with (
        patch.object(faults, "GENERAL", rates(draw)),
        place.org(reference.org, faults=draw.randrange(10**6)) as sandbox,
    ):
        place.begin()
        done = place.run("run")
        counts.done["run through faults"] += 1
        if done.code:
            counts.fail("run through faults", done.said)
            return
        counts.note("run through faults, raw tables", compare(reference.raw, contents(place.file, RAW)))
        counts.note(
            "run through faults, contract tables", compare(reference.contracts, contents(place.file, CONTRACTS))
        )
        counts.note("run through faults, org", compare(reference.in_org, of_org(sandbox.genesys)))
        _note_faults(counts, sandbox)


def _forget_what_was_sent(place: Place) -> None:
    with duckdb.connect(str(place.file)) as connection:
        connection.execute("drop schema if exists write_back cascade")


def _note_faults(counts: Counts, sandbox: Sandbox) -> None:
    layer = sandbox.app.middleware_stack
    while not isinstance(layer, FaultInjector):
        layer = layer.app
    counts.done["faults met"] += sum(layer.injected.values())
