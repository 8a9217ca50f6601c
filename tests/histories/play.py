"""Plays a history and holds the tables, after each build that ended well, against a full refresh and the statement."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from facts import World
from files_source import written
from plan import SEEDS, VARS, Change, History, Step, Stop
from project import Project
from statement_findings import CONTRACT_TABLES, Contract
from warehouse import Contents, Row

# Doubles agree with the statement to this; it has exact numbers. With a full refresh they agree to the last bit.
TOLERANCE = 1e-9


@dataclass
class Counts:
    """What was done so far."""

    histories: int = 0
    builds: int = 0
    full_refreshes: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    computed: Counter[str] = field(default_factory=Counter)
    rows_against_full: int = 0
    rows_against_statement: int = 0


class Different(AssertionError):
    """A build that ended well left something else than it should; ``step`` counts from 1."""

    def __init__(self, history: History, step: int, found: str) -> None:
        super().__init__(
            f"step {step} {found}\n.venv/bin/python tests/histories/soak.py --shrink --history '{history.text()}'"
        )


def play(history: History, project: Project, counts: Counts, every_refresh: bool = True) -> World:
    """Play it from a new warehouse; gives the world that it ended in. Raises Different.

    ``every_refresh`` false: a full refresh is held against the last step alone.
    """
    project.begin(history.sources)
    world = World(history.sources)
    counts.histories += 1
    for number, step in enumerate(history.steps, 1):
        prepare(history, step, number == 1, project, world, counts)
        if step.stop:
            stop(project, history.sources, world.vars.dbt, step.stop, counts)
            continue
        built = project.build(history.sources, world.vars.dbt)
        counts.builds += 1
        counts.computed.update(computed(built.said))
        if not built.is_good:
            raise Different(history, number, "did not end well:\n" + "\n".join(built.said[-20:]))
        incremental = project.contents()
        wrong = {"the rules in Python": against_statement(project, world, counts)}
        if every_refresh or number == len(history.steps):
            full = project.fully_refreshed(history.sources, world.vars.dbt)
            counts.full_refreshes += 1
            wrong["a full refresh"] = differences(incremental, full, counts)
        if found := [f"differs from {against}:\n{where}" for against, where in wrong.items() if where]:
            raise Different(history, number, "\n\n".join(found))
    return world


def prepare(history: History, step: Step, is_first: bool, project: Project, world: World, counts: Counts) -> None:
    """All of a step but its build: loads, vars, seeds."""
    loads = dict(step.loads)
    if step.is_late:
        project.age_loads(history.sources)
        world.late |= set(history.sources)
        counts.steps["loads grow old"] += 1
    for source in history.sources:
        changes = (first_changes(source, history.start) if is_first else []) + list(loads.get(source, ()))
        if changes:
            load(project, world, source, changes)
            world.late.discard(source)
            counts.steps.update(f"{source}: {kind}" for kind, _, _ in changes)
    if VARS[step.vars] != world.vars:
        world.vars = VARS[step.vars]
        counts.steps["vars changed"] += 1
    if is_first or SEEDS[step.seeds] != world.seeds:
        world.seeds = SEEDS[step.seeds]
        project.seed(world.seeds)
        counts.steps["seeds changed"] += not is_first


def computed(said: list[str]) -> list[str]:
    """How much a build said that it computes: everything, somebody or nobody."""
    found = re.findall(r"Recomputing (everything|\d+)", "\n".join(said))
    return [{"everything": "everything", "0": "nobody"}.get(each, "somebody") for each in found]


def first_changes(source: str, count: int) -> list[Change]:
    """What the first load brings: new records, as many of each kind as they take part in journeys."""
    kinds = {
        "files": ["touch.new", "touch.new", "conversion.new", "touch.late"],
        "genesys": ["call.new", "call.new", "call.open", "call.inbound"],
        "salesforce": [
            *("lead.new", "lead.new", "task.new", "lead.convert", "campaign_member.new"),
            *("opportunity.new", "task.new", "lead.merge"),
        ],
    }[source]
    return [(kinds[number % len(kinds)], number, count) for number in range(count)]


def load(project: Project, world: World, source: str, changes: list[Change]) -> None:
    """Make the changes and load the rows that they touch, in one load."""
    if source == "files":
        touched: dict[str, dict[Any, None]] = {"touches": {}, "conversions": {}, "costs": {}}
        for change in changes:
            table, key = world.files.change(*change)
            touched[table][key] = None
        tables = {table: [written(getattr(world.files, table)[key]) for key in keys] for table, keys in touched.items()}
        project.load_files(**{table: rows for table, rows in tables.items() if rows})
        return
    system = world.genesys if source == "genesys" else world.salesforce
    ids = dict.fromkeys(each for change in changes for each in system.change(*change))
    if source == "genesys":
        ids = {**ids, **dict.fromkeys(world.genesys.everything_listed())}
    else:
        ids = {**ids, **dict.fromkeys(("campaign", id) for id in world.salesforce.rows["campaign"])}
    tables = {}
    for table, id in ids:
        row = world.genesys.raw(table, id) if source == "genesys" else world.salesforce.rows[table].get(id)
        if row is not None:
            tables.setdefault(table, []).append(row)
    if source == "genesys":
        tables["campaigns"] = [{"id": "dial-1", "name": "Dialer one", "kind": "voice"}]
    project.load_rows(source, tables)


def stop(project: Project, sources: tuple[str, ...], variables: Row, stop: Stop, counts: Counts) -> None:
    """A build that is killed, or that fails in what reads a seed."""
    if stop.without:
        with project.without_seed(stop.without):
            built = project.build(sources, variables)
        counts.steps["build fails" if not built.is_good else "build ends without a seed"] += 1
    else:
        killed = project.killed_build(sources, variables, stop.models, stop.pause / 1000)
        counts.steps["build killed" if killed else "build ended before it was killed"] += 1


def differences(one: Contents, other: Contents, counts: Counts) -> str:
    """Where two warehouses differ, in words; empty where they do not."""
    found = []
    for table in sorted(one.keys() | other.keys()):
        if table not in one or table not in other:
            found.append(f"{table}: only in one of the two")
            continue
        counts.rows_against_full += len(one[table][1])
        if one[table] != other[table]:
            columns, rows = one[table]
            lost = [row for row in other[table][1] if row not in rows]
            extra = [row for row in rows if row not in other[table][1]]
            found.append(
                f"{table} {columns if columns == other[table][0] else 'columns differ'}\n"
                + "".join(f"  only incremental: {row}\n" for row in extra[:4])
                + "".join(f"  only full:        {row}\n" for row in lost[:4])
                + f"  ({len(extra)} and {len(lost)} such rows, {len(rows)} and {len(other[table][1])} in all)"
            )
    return "\n".join(found)


def against_statement(project: Project, world: World, counts: Counts) -> str:
    """Where the tables differ from the statement, in words; empty where they do not."""
    statement = Contract(world)
    found = []
    for table in CONTRACT_TABLES:
        expected = statement.table(table)
        columns = list(expected[0]) if expected else []
        built = [{name: row[name] for name in columns} for row in project.rows(f"from {table}")]
        counts.rows_against_statement += len(expected)
        measured = {name for row in [*built, *expected] for name, value in row.items() if isinstance(value, float)}
        pairs = list(zip(ordered(built, measured), ordered(expected, measured), strict=False))
        wrong = [(row, wanted) for row, wanted in pairs if not same(row, wanted)]
        if len(built) != len(expected) or wrong:
            lines = [f"{table}: {len(built)} rows, {len(expected)} expected"]
            for row, wanted in wrong[:3]:
                lines += [f"  built    {apart(row, wanted)}", f"  expected {apart(wanted, row)}"]
            found.append("\n".join(lines))
    return "\n".join(found)


def ordered(rows: list[Row], measured: set[str]) -> list[Row]:
    """By all that is exact, then by what is measured, roughly."""

    def key(row: Row) -> tuple[list[str], list[str]]:
        exact = [plain(value) for name, value in row.items() if name not in measured]
        return exact, [f"{row[name] or 0:.6f}" for name in row if name in measured]

    return sorted(rows, key=key)


def plain(value: Any) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def same(row: Row, wanted: Row) -> bool:
    """Whether all columns agree, doubles within TOLERANCE."""
    return all(is_close(row[name], wanted[name]) for name in wanted)


def is_close(value: Any, wanted: Any) -> bool:
    if isinstance(value, float) and wanted is not None:
        return abs(value - float(wanted)) <= TOLERANCE * max(1.0, abs(float(wanted)))
    return bool(value == wanted)


def apart(row: Row, other: Row) -> Row:
    """What identifies a row, and the columns in which it differs."""
    first = list(row)[:3]
    return {name: value for name, value in row.items() if name in first or not is_close(value, other[name])}
