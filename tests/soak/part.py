"""One part of the soak by itself: ``part.py kills --seed 1 --share 0.1 --seconds 600 --out counts.json``."""

from __future__ import annotations

import argparse
import importlib.util
import json
import logging
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parent))

import through_faults
from kills import Counts, Reference, kill_builds, kill_loads, kill_runs, kill_write_backs, make_reference
from place import Place

from common.settings import PROJECT_DIR
from sandbox.content import build_org

TESTS = PROJECT_DIR / "tests"
SCALE, AS_OF = 0.01, date(2026, 6, 15)
# Rounds of each kind in full, and kills in one round.
KILL_ROUNDS = {"load": (22, 4), "build": (10, 5), "write-back": (12, 9), "run": (6, 4)}
FAULT_ROUNDS = {"load and write-back": 100, "run": 10}
WEBHOOK_SECONDS = 180
HISTORIES = 60


class Part:
    """What a part is asked for, and what it has counted so far."""

    def __init__(self, seed: int, share: float, seconds: float) -> None:
        self.seed = seed
        self.share = share
        self.begun = time.monotonic()
        self.end = self.begun + seconds
        self.draw = random.Random(seed)
        self.counts = Counts()

    def kills(self, place: Place) -> None:
        """SIGKILL at random moments."""
        reference, draw, counts = self.reference(place), self.draw, self.counts
        do: dict[str, Callable[[int], None]] = {
            "write-back": lambda kills: kill_write_backs(place, counts, draw, kills),
            "load": lambda kills: kill_loads(place, reference, counts, draw, kills),
            "run": lambda kills: kill_runs(place, reference, counts, draw, kills),
            "build": lambda kills: kill_builds(place, reference, counts, draw, kills),
        }
        self.repeat(
            {kind: rounds for kind, (rounds, _) in KILL_ROUNDS.items()}, lambda kind: do[kind](KILL_ROUNDS[kind][1])
        )

    def faults(self, place: Place) -> None:
        """The sandbox's faults at random rates."""
        reference = self.reference(place)
        do = {"load and write-back": through_faults.load_and_write_back, "run": through_faults.run}
        self.repeat(FAULT_ROUNDS, lambda kind: do[kind](place, reference, self.counts, self.draw))

    def webhook(self, place: Place) -> None:
        """The webhook's own: senders of all kinds at one that is killed, and loads of it that are killed, too."""
        path = TESTS / "webhook" / "soak.py"
        sys.path.insert(0, str(path.parent))
        spec = importlib.util.spec_from_file_location("webhook_soak", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        try:
            found = module.run(min(WEBHOOK_SECONDS * self.share, self.end - time.monotonic()), self.seed)
        except AssertionError as error:
            self.counts.fail("webhook", str(error))
            return
        self.counts.done.update({f"webhook: {name}": count for name, count in found.items()})
        self.say(f"webhook: {found['acknowledged']} acknowledged, all of them there")

    def histories(self, place: Place) -> None:
        """Random histories of loads, changes and killed builds, as `tests/histories/soak.py` plays them."""
        wanted = str(rounds_of(HISTORIES, self.share))
        ended = subprocess.run(
            [sys.executable, str(TESTS / "histories" / "soak.py"), "--histories", wanted, "--seed", str(self.seed)],
            cwd=PROJECT_DIR,
            env={**os.environ, "SOAK_SECONDS": str(max(self.end - time.monotonic(), 1))},
            check=False,
        )
        self.counts.done["histories played to their end"] += 1
        if ended.returncode:
            self.counts.fail("histories", "what differs is said above")

    def reference(self, place: Place) -> Reference:
        """The run without kills and faults."""
        reference = make_reference(place, build_org(seed=1, scale=SCALE, as_of=AS_OF))
        self.say(", ".join(f"{step} {seconds:.0f} s" for step, seconds in reference.seconds.items()) + " undisturbed")
        return reference

    def repeat(self, rounds: dict[str, int], do: Callable[[str], None]) -> None:
        """Rounds of each kind, that of which most are still to come first, until the time is over."""
        wanted = {kind: rounds_of(count, self.share) for kind, count in rounds.items()}
        left = dict(wanted)
        while any(left.values()):
            if time.monotonic() > self.end:
                self.say(f"the time is over with {left} still to come")
                return
            kind = max(left, key=lambda each: left[each] / wanted[each])
            left[kind] -= 1
            do(kind)
            self.say(
                f"{kind}: {wanted[kind] - left[kind]} of {wanted[kind]} rounds; {len(self.counts.failures)} differ"
            )

    def say(self, text: str) -> None:
        """A line of progress."""
        print(f"{time.monotonic() - self.begun:6.0f} s  {text}", flush=True)


PARTS = {"kills": Part.kills, "faults": Part.faults, "webhook": Part.webhook, "histories": Part.histories}


def rounds_of(count: int, share: float) -> int:
    """At least one."""
    return max(round(count * share), 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=list(PARTS))
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--share", type=float, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    # What a sandbox says of clients that are killed while they speak to it.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
    part = Part(arguments.seed, arguments.share, arguments.seconds)
    try:
        with tempfile.TemporaryDirectory(prefix="attribution_soak_", ignore_cleanup_errors=True) as folder:
            PARTS[arguments.part](part, Place(Path(folder)))
    finally:
        counts = {**vars(part.counts), "done": dict(part.counts.done)}
        arguments.out.write_text(json.dumps(counts), encoding="utf-8")
    return 1 if part.counts.failures else 0


if __name__ == "__main__":
    sys.exit(main())
