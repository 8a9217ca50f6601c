"""Random histories for as long as asked: ``make soak``. Prints what was done, and exits 1 where something differs.

    .venv/bin/python tests/histories/soak.py [--histories 60] [--seed N]
    .venv/bin/python tests/histories/soak.py --history '{"sources": ...}' [--shrink]

SOAK_SECONDS bounds it as a whole (default: 4 hours, which 60 histories do not need).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1] / "dbt"))

from plan import History, drawn, smaller
from play import Counts, play
from project import Project

SECONDS = 4 * 3600


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=int, default=60, help="how many (default 60)")
    parser.add_argument(
        "--seed", type=int, default=int(time.time()), help="of the first history; the next have the next"
    )
    parser.add_argument("--history", help="play this one, as a failure printed it")
    parser.add_argument("--shrink", action="store_true", help="look for a smaller history that fails the same way")
    arguments = parser.parse_args()
    os.environ.pop("ATTRIBUTION_TARGET", None)
    end = time.monotonic() + float(os.environ.get("SOAK_SECONDS") or SECONDS)
    with tempfile.TemporaryDirectory(prefix="attribution_soak_") as folder:
        project = Project(Path(folder))
        if arguments.history:
            return play_one(History.of(arguments.history), project, arguments.shrink, end)
        return soak(project, arguments.histories, arguments.seed, end)


def soak(project: Project, histories: int, seed: int, end: float) -> int:
    """Play them one after the other; no new one begins once the time is up."""
    begun = time.monotonic()
    counts, failed = Counts(), []
    for number in range(histories):
        if time.monotonic() > end:
            print(f"SOAK_SECONDS are over after {number} of {histories} histories.")
            break
        history = drawn(seed + number)
        if not ends_well(history, project, counts):
            failed.append(seed + number)
            print(f"seed {seed + number} failed; again: --seed {seed + number} --histories 1", flush=True)
        elif (number + 1) % 5 == 0:
            print(f"{number + 1} histories, {counts.builds} builds, {time.monotonic() - begun:.0f} s", flush=True)
    print("Steps by kind:")
    for kind, count in sorted(counts.steps.items()):
        print(f"  {count:6d} {kind}")
    killed = counts.steps["build killed"]
    shares = ", ".join(f"{counts.computed[each]} {each}" for each in ("everything", "somebody", "nobody"))
    print(
        f"soak: {counts.histories} histories from seed {seed}, {counts.builds} builds compared "
        f"(computed: {shares}), {killed} killed, "
        f"{counts.steps['build fails']} failed on purpose; {counts.rows_against_full} rows held against "
        f"{counts.full_refreshes} full refreshes, {counts.rows_against_statement} against the rules in Python; "
        f"{len(failed)} histories differ" + (f" (seeds {failed})" if failed else "")
    )
    return 1 if failed or not counts.builds else 0


def ends_well(history: History, project: Project, counts: Counts) -> bool:
    """Play a history; what goes wrong is printed."""
    try:
        play(history, project, counts)
    except AssertionError as error:
        print(error, flush=True)
        return False
    except Exception:
        # Anything else is a failure too, of the warehouse or of the histories themselves; the others go on.
        print(f"{traceback.format_exc()}\nhistory: {history.text()}", flush=True)
        return False
    return True


def play_one(history: History, project: Project, shrink: bool, end: float) -> int:
    """Play one; with ``shrink`` go on from every smaller one that fails too, until none does or the time is up."""
    if ends_well(history, project, Counts()):
        print("soak: this history ends well")
        return 0
    found = shrink
    while found and time.monotonic() < end:
        found = False
        for each in smaller(history):
            if time.monotonic() > end:
                break
            if not ends_well(each, project, Counts()):
                history, found = each, True
                break
    print(f"soak: this history fails: {history.text()}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
