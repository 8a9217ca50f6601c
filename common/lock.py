"""One at a time: whoever works on the warehouse with the org holds a lock file, which says who it is.

The lock is the kernel's (flock), not the file: it goes with the process however that ends, so that nobody has to guess
from a process id whether its holder still lives, or whether the id is another process's by now. What stands in the
file is for whoever is refused.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from common import settings
from common.errors import AttributionError

logger = logging.getLogger(__name__)

_held: list[int] = []


class AlreadyRunning(AttributionError):
    """Another process holds the lock."""


def path() -> Path:
    """The lock file: beside the DuckDB file, or for Snowflake in the project's folder, by account and database."""
    if settings.target() == "duckdb":
        file = settings.duckdb_path()
        return file.with_name(file.name + ".lock")
    named = settings.snowflake()
    which = hashlib.sha256(f"{named['SNOWFLAKE_ACCOUNT']}/{named['SNOWFLAKE_DATABASE']}".lower().encode())
    return settings.PROJECT_DIR / f"snowflake-{which.hexdigest()[:12]}.lock"


@contextmanager
def alone(command: str) -> Iterator[None]:
    """Hold the lock while the block runs; within a block that holds it already, nothing happens.

    Raises AlreadyRunning, with who it is, where another process has it. A file that a killed process left behind is
    taken over. Processes that this one starts with ``inherited`` keep the lock for as long as they live.
    """
    if _held:
        yield
        return
    file = path()
    descriptor = _locked(file)
    try:
        if before := _content(descriptor):
            logger.info("%s ended without finishing; this one goes on from there.", _who(before))
        _write(descriptor, command)
        _held.append(descriptor)
        yield
    finally:
        _held.clear()
        # While it is locked: whoever waits for this very file finds out below that it is no longer the one.
        file.unlink(missing_ok=True)
        os.close(descriptor)


def inherited() -> tuple[int, ...]:
    """What a child process has to be given (``pass_fds``) so that the lock outlives this process with it."""
    return tuple(_held)


def _locked(file: Path) -> int:
    while True:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise AttributionError(
                f"The lock file {file} can't be written: {error.strerror}.",
                "The folder of the warehouse has to be one that this user may write.",
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _content(descriptor)
            os.close(descriptor)
            raise _refusal(holder, file) from None
        if file.exists() and os.path.samestat(os.fstat(descriptor), file.stat()):
            return descriptor
        os.close(descriptor)  # its holder has just finished and taken it away


def _content(descriptor: int) -> dict[str, Any]:
    """Who wrote it; empty where nobody has yet, or not to the end."""
    try:
        found = json.loads(os.pread(descriptor, 4096, 0) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _write(descriptor: int, command: str) -> None:
    content = {
        "command": command,
        "pid": os.getpid(),
        "process_began": _began(os.getpid()),
        "host": socket.gethostname(),
        "started_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(content).encode(), 0)


def _refusal(holder: dict[str, Any], file: Path) -> AlreadyRunning:
    if holder and not _lives(holder):
        return AlreadyRunning(
            f"{_who(holder)} was killed, and a dbt build that it began is still running.",
            f"Wait until it has ended, then try again; `fuser {file}` names its process.",
        )
    return AlreadyRunning(
        f"{_who(holder)} is under way.", "Wait until it has finished, or stop it with `kill`; then try again."
    )


def _who(holder: dict[str, Any]) -> str:
    if not holder:
        return "Another attribution command"
    return (
        f"`{holder.get('command')}` (process {holder.get('pid')} on {holder.get('host')}, since "
        f"{holder.get('started_at')})"
    )


def _lives(holder: dict[str, Any]) -> bool:
    """Whether the process that wrote the file is still that process, and not another one under its id."""
    if holder.get("host") != socket.gethostname():
        return True
    try:
        os.kill(int(holder["pid"]), 0)
    except (ProcessLookupError, KeyError, ValueError):
        return False
    except PermissionError:
        pass  # it lives, as somebody else's
    return _began(int(holder["pid"])) == holder.get("process_began")


def _began(pid: int) -> str | None:
    """When a process began, in the kernel's own ticks; None where the system does not say (no /proc)."""
    try:
        # The name in parentheses may hold anything; the start is the 20th field behind it (man 5 proc).
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None
