"""Kills, faults, a webhook under attack and random histories: ``make soak``. Prints and saves what was done.

    .venv/bin/python tests/soak/soak.py [--seed N] [--share 1.0] [--part kills|faults|webhook|histories]...

Two lanes run at once, kills and webhook beside faults and histories, each part in a process of its own. The last line
sums up; exit 1 where anything was lost, doubled or wrong, or where nothing was compared. SOAK_SECONDS bounds the whole
(default: 4 hours): no round begins once its part's share of the time is over. ``--share`` is of each part's rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

PROJECT_DIR = Path(__file__).parents[2]
SECONDS = 4 * 3600
# Part → its share of the lane's time, where that is short of what all of it needs.
LANES = ({"kills": 0.9, "webhook": 0.1}, {"faults": 0.65, "histories": 0.35})
PARTS = [part for lane in LANES for part in lane]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="what the moments and faults are drawn from")
    parser.add_argument("--share", type=float, default=1.0, help="of the rounds of each part (default 1)")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part; may be given several times")
    parser.add_argument("--out", type=Path, default=PROJECT_DIR / "target" / "soak.json", help="where counts are saved")
    arguments = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="attribution_soak_") as folder, ThreadPoolExecutor(len(LANES)) as pool:
        lanes = [{part: of for part, of in lane.items() if part in (arguments.part or PARTS)} for lane in LANES]
        ended = [
            each for lane in pool.map(lambda lane: run_lane(lane, arguments, Path(folder)), lanes) for each in lane
        ]
    return sum_up(arguments, ended, time.monotonic() - begun)


def run_lane(lane: dict[str, float], arguments: argparse.Namespace, folder: Path) -> list[dict]:
    """The parts of a lane one after the other; what each has counted, and the exit code of its process."""
    end = time.monotonic() + float(os.environ.get("SOAK_SECONDS") or SECONDS)
    ended = []
    for number, part in enumerate(lane):
        still = sum(list(lane.values())[number:])
        seconds = (end - time.monotonic()) * lane[part] / still
        out = folder / f"{part}.json"
        command = [sys.executable, str(Path(__file__).with_name("part.py")), part, "--seed", str(arguments.seed)]
        command += ["--share", str(arguments.share), "--seconds", str(max(seconds, 1)), "--out", str(out)]
        process = subprocess.Popen(
            command, cwd=PROJECT_DIR, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for line in process.stdout or ():
            print(f"{part:9} {line}", end="", flush=True)
        code = process.wait()
        counts = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
        ended.append({"part": part, "code": code, **counts})
    return ended


def sum_up(arguments: argparse.Namespace, ended: list[dict], seconds: float) -> int:
    """Print and save the counts; the exit code."""
    done: Counter[str] = Counter()
    for each in ended:
        done.update(each.get("done") or {})
    for what, count in sorted(done.items()):
        print(f"  {count:6d} {what}")
    found = {kind: sum(each.get(kind, 0) for each in ended) for kind in ("lost", "doubled", "wrong")}
    compared = sum(count for what, count in done.items() if what.endswith("ends compared"))
    something = compared + done["webhook: acknowledged"] + done["histories played to their end"]
    good = bool(something) and not any(each["code"] for each in ended)
    kills = {kind: done[f"{kind} killed"] for kind in ("load", "build", "write-back", "run")}
    kills["webhook"] = done["webhook: webhook killed"]
    kills["load"] += done["webhook: load killed"]
    result = {
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": arguments.seed,
        "share": arguments.share,
        "seconds": round(seconds),
        "kills": kills,
        "ends_compared": compared,
        **found,
        "good": good,
        "counts": dict(sorted(done.items())),
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    by_kind = ", ".join(f"{count} {kind}" for kind, count in kills.items())
    through = ", ".join(f"{done[f'{kind} through faults']} {kind}s" for kind in ("load", "write-back", "run"))
    differing = [each["part"] for each in ended if each["code"]]
    print(
        f"soak: seed {arguments.seed}, {seconds:.0f} s: {sum(kills.values())} kills ({by_kind}); through faults "
        f"{through} ({done['faults met']} faults met); {compared} ends compared: "
        + ", ".join(f"{count} {kind}" for kind, count in found.items())
        + (f"; NOT GOOD: {', '.join(differing) or 'nothing was compared'}" if not good else "")
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
