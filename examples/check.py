"""Validates every example as far as it can be without cron, systemd, GitHub, Airflow or Dagster running.

``make examples`` runs it. A line for each example, ok or failed, and one that sums up; exit 1 where one failed. Airflow
and Dagster get a virtual environment each in .venv-examples, from the package index: some 700 MB, a few minutes the
first time.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import yaml

EXAMPLES = Path(__file__).resolve().parent
PROJECT = EXAMPLES.parent
PLACE = "/opt/outbound-attribution"
ENVIRONMENTS = PROJECT / ".venv-examples"

# Field → (smallest, largest, names) as crontab(5) has them.
CRON_FIELDS: dict[str, tuple[int, int, tuple[str, ...]]] = {
    "minute": (0, 59, ()),
    "hour": (0, 23, ()),
    "day of month": (1, 31, ()),
    "month": (1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    "day of week": (0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
}


class Wrong(Exception):
    """What is wrong with an example, in a sentence."""


def cron_values(text: str, field: str) -> set[int]:
    """The values that one field of a crontab line stands for: ``7``, ``*/6``, ``1-5``, ``mon,wed``. Raises Wrong."""
    smallest, largest, names = CRON_FIELDS[field]

    def number(word: str) -> int:
        if word.lower() in names:
            return names.index(word.lower()) + smallest
        if not word.isdecimal() or not smallest <= int(word) <= largest:
            raise Wrong(f"{text!r} is no {field}: {word!r} is not between {smallest} and {largest}")
        return int(word)

    values: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        if step and (not step.isdecimal() or int(step) == 0):
            raise Wrong(f"{text!r} is no {field}: the step {step!r} is no number above 0")
        if span == "*":
            first, last = smallest, largest
        else:
            begin, dash, end = span.partition("-")
            first = number(begin)
            last = number(end) if dash else largest if step else first
        if first > last:
            raise Wrong(f"{text!r} is no {field}: {first} comes after {last}")
        values |= set(range(first, last + 1, int(step or 1)))
    return values


def cron_lines(text: str) -> list[tuple[list[set[int]], str]]:
    """(values of the five fields, command) of each line of a crontab that runs something. Raises Wrong."""
    found = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#") or re.match(r"\s*[A-Za-z_]\w*\s*=", line):
            continue
        words = line.split(maxsplit=5)
        if len(words) < 6:
            raise Wrong(f"{line!r} has no five fields and a command")
        if "%" in words[5].replace(r"\%", ""):
            raise Wrong(f"{line!r}: cron ends a command at %, unless \\ stands before it")
        found.append(([cron_values(word, field) for word, field in zip(words[:5], CRON_FIELDS, strict=True)], words[5]))
    if not found:
        raise Wrong("it runs nothing")
    return found


def in_project(path: str) -> Path:
    """The file of this project that an example's absolute path means. Raises Wrong where there is none."""
    found = PROJECT / path.removeprefix(PLACE + "/")
    if not path.startswith(PLACE + "/") or not os.access(found, os.X_OK):
        raise Wrong(f"{path} is no executable file of the project")
    return found


def run(*command: str | Path, environment: dict[str, str] | None = None, seconds: int = 300) -> str:
    """Standard output of a command that has to end well. Raises Wrong with the end of what it said."""
    ended = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=seconds, check=False
    )
    if ended.returncode:
        raise Wrong(f"{Path(command[0]).name} {command[1]}: {(ended.stderr + ended.stdout).strip()[-1500:]}")
    return ended.stdout


def alerts() -> str:
    """The scripts that raise the alarm."""
    run("sh", "-n", EXAMPLES / "alerts" / "alert.sh")
    compile((EXAMPLES / "alerts" / "findings.py").read_text(encoding="utf-8"), "findings.py", "exec")
    return "alert.sh parsed by sh -n, findings.py compiled"


def cron() -> str:
    """The crontab, and the script that its lines call."""
    lines = cron_lines((EXAMPLES / "cron" / "crontab").read_text(encoding="utf-8"))
    for _, command in lines:
        script, _, program, *_ = command.split()
        in_project(script)
        in_project(f"{PLACE}/.venv/bin/{program}")
    run("sh", "-n", EXAMPLES / "cron" / "scheduled.sh")
    return f"{len(lines)} lines: every field, every command; scheduled.sh parsed by sh -n"


def systemd() -> str:
    """The units, against the binaries of this project."""
    units = sorted(path for path in (EXAMPLES / "systemd").iterdir() if path.suffix in (".service", ".timer"))
    with tempfile.TemporaryDirectory() as folder:
        copies = []
        for unit in units:
            text = unit.read_text(encoding="utf-8")
            parsed = configparser.RawConfigParser(strict=False, interpolation=None)
            parsed.optionxform = str  # type: ignore[assignment, method-assign]
            parsed.read_string(text)
            section, key = ("Timer", "OnCalendar") if unit.suffix == ".timer" else ("Service", "ExecStart")
            if not parsed.has_option(section, key):
                raise Wrong(f"{unit.name} has no {key} in [{section}]")
            copies.append(Path(folder) / unit.name)
            copies[-1].write_text(text.replace(PLACE, str(PROJECT)), encoding="utf-8")
        if shutil.which("systemd-analyze") is None:
            return f"{len(units)} units parsed, their required keys there; no systemd-analyze here to verify them"
        run("systemd-analyze", "verify", "--man=no", *copies)
    return f"{len(units)} units by systemd-analyze verify"


def github_actions() -> str:
    """The workflow's YAML, and each of its shell steps."""
    path = EXAMPLES / "github_actions" / "attribution.yml"
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    # YAML 1.1 reads the key `on` as true.
    for schedule in workflow[True]["schedule"]:
        cron_lines(schedule["cron"] + " command")
    shell_steps = 0
    for name, job in workflow["jobs"].items():
        if "runs-on" not in job:
            raise Wrong(f"the job {name} has no runs-on")
        for step in job["steps"]:
            if ("uses" in step) == ("run" in step):
                raise Wrong(f"a step of {name} has to have uses or run: {step}")
            if "uses" in step and not re.fullmatch(r"[\w.-]+/[\w./-]+@v\d+", step["uses"]):
                raise Wrong(f"{step['uses']} names no action and version")
            if "run" in step:
                shell_steps += 1
                run("bash", "-n", "-c", step["run"])
    secrets = set(re.findall(r"secrets\.(\w+)", path.read_text(encoding="utf-8")))
    return f"YAML parsed, {shell_steps} shell steps by bash -n, {len(secrets)} secrets by name"


def environment_of(name: str) -> Path:
    """The Python of a virtual environment with the example's requirements; made where it is missing or of others."""
    requirements = EXAMPLES / name / "requirements.txt"
    place = ENVIRONMENTS / name
    wanted = sha256(requirements.read_bytes()).hexdigest() + sys.version
    mark = place / "made_from"
    if not mark.exists() or mark.read_text(encoding="utf-8") != wanted:
        print(
            f"{name}: installing {requirements.relative_to(PROJECT)} into {place.relative_to(PROJECT)} ...", flush=True
        )
        run(sys.executable, "-m", "venv", "--clear", place)
        run(place / "bin" / "python", "-m", "pip", "install", "--quiet", "--requirement", requirements, seconds=1500)
        mark.write_text(wanted, encoding="utf-8")
    return place / "bin" / "python"


def imported(name: str, program: str) -> str:
    """What ``program`` prints as its last line, run in the example's own environment with a manifest made just now."""
    python = environment_of(name)
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "ATTRIBUTION_PROJECT": str(PROJECT),
            "ATTRIBUTION_DUCKDB_PATH": f"{folder}/warehouse.duckdb",
            "DBT_TARGET_PATH": f"{folder}/target",
            "DBT_LOG_PATH": f"{folder}/logs",
            "AIRFLOW_HOME": f"{folder}/airflow",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "PYTHONPATH": str(EXAMPLES / name),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        run(PROJECT / ".venv/bin/dbt", "parse", "--quiet", environment=environment)
        return run(python, "-c", program, environment=environment).strip().splitlines()[-1]


AIRFLOW = """
import json
from importlib.metadata import version
from airflow.dag_processing.dagbag import DagBag

found = DagBag({folder!r})
dag = found.dags.get("attribution")
print(json.dumps(dict(
    errors=[str(error) for error in found.import_errors.values()],
    tasks=[task.task_id for task in dag.topological_sort()] if dag else [],
    versions=f"Airflow {{version('apache-airflow')}}, Cosmos {{version('astronomer-cosmos')}}",
)))
"""

DAGSTER = """
import json
import shutil
import tempfile
import dagster
import definitions

dagster.Definitions.validate_loadable(definitions.defs)
# An instance writes beside its file.
with tempfile.TemporaryDirectory() as folder:
    shutil.copy({folder!r} + "/dagster.yaml", folder)
    with dagster.DagsterInstance.from_config(folder):
        pass
print(json.dumps(dict(
    assets=len(list(definitions.defs.resolve_asset_graph().get_all_asset_keys())),
    steps=sorted(node.name for node in definitions.defs.resolve_job_def("hourly").nodes),
    versions=f"Dagster {{dagster.__version__}}",
)))
"""


def airflow() -> str:
    """The DAG, by Airflow's own DagBag."""
    found = json.loads(imported("airflow", AIRFLOW.format(folder=str(EXAMPLES / "airflow"))))
    if found["errors"]:
        raise Wrong(found["errors"][0])
    if found["tasks"] != ["load", "freshness", "build", "write_back", "findings"]:
        raise Wrong(f"the tasks are {found['tasks']}")
    return f"DAG imported without errors by {found['versions']}: {' → '.join(found['tasks'])}"


def dagster() -> str:
    """The definitions, validated by Dagster, and the instance's file."""
    found = json.loads(imported("dagster", DAGSTER.format(folder=str(EXAMPLES / "dagster"))))
    if found["steps"] != ["built", "genesys_cloud_credit", "loaded", "no_findings_of_severity_error"]:
        raise Wrong(f"the steps are {found['steps']}")
    return f"definitions validated by {found['versions']}: {found['assets']} assets, one job, its schedule and sensor"


CHECKS: tuple[Callable[[], str], ...] = (alerts, cron, systemd, github_actions, airflow, dagster)


def main() -> int:
    """0 where every example is as it should be, else 1."""
    failed = 0
    for check in CHECKS:
        try:
            print(f"{check.__name__}: ok ({check()})", flush=True)
        # Whatever an example breaks is that example's failure; the others are still looked at.
        except Exception as error:
            failed += 1
            kind = "" if isinstance(error, Wrong) else f"{type(error).__name__}: "
            print(f"{check.__name__}: failed: {kind}{error}", flush=True)
    print(f"examples: {len(CHECKS) - failed} ok, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
