"""The soak in short: killed write-backs and a killed run end as without.

Killed loads are in tests/ingestion, killed builds in tests/histories, faults over the whole way in tests/end_to_end,
the webhook's in tests/webhook.
"""

from __future__ import annotations

import random
import sys
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from kills import Counts, Reference, kill_runs, kill_write_backs, make_reference
from place import Place, compare

from sandbox.content import build_org

SCALE, AS_OF = 0.01, date(2026, 6, 15)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("soak"))


@pytest.fixture(scope="module")
def reference(place: Place) -> Reference:
    return make_reference(place, build_org(seed=1, scale=SCALE, as_of=AS_OF), is_for_runs_alone=True)


def test_killed_write_backs_leave_what_one_that_was_not_leaves(place: Place) -> None:
    counts = Counts()
    kill_write_backs(place, counts, random.Random(1), kills=4, editions=2)
    assert counts.failures == []
    assert counts.done["write-back killed"] > 1 and counts.done["write-back: ends compared"] == 2


def test_a_killed_run_is_made_good_by_the_next(place: Place, reference: Reference) -> None:
    counts = Counts()
    kill_runs(place, reference, counts, random.Random(3), kills=2)
    assert counts.failures == []
    assert counts.done["run killed"] == 2
    assert counts.done["run, org: ends compared"] == 1


def test_a_row_that_is_lost_doubled_or_wrong_is_seen(reference: Reference) -> None:
    table = max(reference.raw, key=lambda name: reference.raw[name].total())
    row, *_ = reference.raw[table]
    for changes, seen in (({row: -1}, (1, 0, 0)), ({row: 1}, (0, 1, 0)), ({row: -1, "other": 1}, (0, 0, 1))):
        rows = reference.raw[table].copy()
        for each, by in changes.items():
            rows[each] += by
        difference = compare(reference.raw, {**reference.raw, table: +rows})
        assert (difference.lost, difference.doubled, difference.wrong) == seen
