"""Folders for what is on its way through: gone when their block ends, and found again where it was killed."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAME = re.compile(r"attribution_[a-z]+_(\d+)_.+")


@contextmanager
def folder(purpose: str) -> Iterator[Path]:
    """A new folder for one purpose (a word in lower case), under the system's folder for such things."""
    with tempfile.TemporaryDirectory(prefix=f"attribution_{purpose}_{os.getpid()}_") as path:
        yield Path(path)


def remove_left_behind() -> int:
    """Remove the folders of processes that were killed; they may hold personal data. Returns how many there were."""
    removed = 0
    for path in Path(tempfile.gettempdir()).iterdir():
        name = _NAME.fullmatch(path.name)
        if name and not _lives(int(name[1])):
            shutil.rmtree(path, ignore_errors=True)
            removed += not path.exists()
    return removed


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's
    return True
