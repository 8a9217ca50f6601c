"""Memory does not grow with the file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from common.settings import PROJECT_DIR
from ingestion.files.source import BATCH_ROWS

LARGE_ROWS = 300_000
# Held in memory at once, the large file's cells would take about 300 MB more than one batch of them does.
GROWTH_LIMIT_MB = 120

# The highest resident memory of the process itself, after a file of one batch and again after the large one.
CHECK = """
import sys, tempfile
from pathlib import Path
from ingestion.files import check_files

def highest_mb():
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024

for path in sys.argv[1:]:
    with tempfile.TemporaryDirectory() as directory:
        check_files({"touches": Path(path)}, Path(directory))
    print(highest_mb())
"""


def write_touches(path: Path, rows: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write("touch_id,touched_at,lead_id,email,channel,campaign_id,touch_sequence,agent_id,cost\n")
        for number in range(rows):
            file.write(
                f"touch-{number:012d},2026-05-01T{number % 24:02d}:00:00Z,lead-{number},person{number}@mail.example,"
                f"outbound_call,campaign-{number % 6},{number % 5},agent-{number},{number % 900}.25\n"
            )
    return path


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads a process's peak memory from Linux' /proc")
def test_a_large_file_takes_no_more_memory_than_a_small_one(tmp_path: Path) -> None:
    small = write_touches(tmp_path / "small.csv", BATCH_ROWS)
    large = write_touches(tmp_path / "large.csv", LARGE_ROWS)
    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(small), str(large)],
        env={**os.environ, "PYTHONPATH": str(PROJECT_DIR)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    after_small, after_large = map(int, done.stdout.split())
    assert after_large - after_small < GROWTH_LIMIT_MB
