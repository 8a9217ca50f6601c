"""The runbook's commands exist, its SQL runs, and its messages are those of the code, or come out when it is run."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer
import yaml

from cli.main import app
from common.settings import PROJECT_DIR
from common.warehouse import Warehouse
from write_back import ledger

RUNBOOK = (PROJECT_DIR / "docs" / "runbook.md").read_text(encoding="utf-8")
# What the machine has, and not this project.
MACHINE = {".", "cd", "cp", "export", "flock", "ps", "rm", "set"}
# A message of less than this many characters of its own would match nearly anything.
LEAST_WORDS = 10
# What no string of this project holds, since others say it: it has to come out when run.
SAID_BY_OTHERS = ("404: The requested resource was not found",)


def fenced(language: str) -> list[str]:
    """The lines of all fenced blocks of a language."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", RUNBOOK, re.MULTILINE | re.DOTALL)
    assert blocks, language
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def commands() -> list[list[str]]:
    """Every command of the sh blocks, without the wrapper flock and the folder of .venv."""
    found = []
    for line in fenced("sh"):
        # A value in double quotes, SQL for one, may hold a semicolon: only those outside of quotes part commands.
        lexed = shlex.shlex(re.sub(r"<(\w+)>", r"\1", line), posix=True, punctuation_chars=";")
        lexed.whitespace_split = True
        words: list[str] = []
        for word in [*lexed, ";"]:
            if word != ";":
                words.append(word)
                continue
            if words[0] == "flock":
                words = words[2:]
            found.append([words[0].removeprefix(".venv/bin/"), *words[1:]])
            words = []
    return found


def typed(word: str) -> str:
    return " ".join(word)


def options_of(command: Any) -> set[str]:
    return {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}


@pytest.mark.parametrize("command", commands(), ids=typed)
def test_every_command_of_the_runbook_is_there(command: list[str]) -> None:
    program, *arguments = command
    if program in ("attribution", "dbt"):
        from dbt.cli.main import cli as dbt

        group: Any = dbt if program == "dbt" else typer.main.get_command(app)
        # Typer brings a click of its own, so that its classes are not those of dbt's.
        while hasattr(group, "commands"):
            name, *arguments = arguments
            assert name in group.commands, command
            group = group.commands[name]
        used = {word for word in arguments if word.startswith("--")}
        assert used <= options_of(group), command
    elif program == "make":
        targets = re.findall(r"^([a-z-]+):", (PROJECT_DIR / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert set(arguments) <= set(targets), command
    elif program == "python":
        if arguments[0] == "-c":
            compile(arguments[1], "runbook", "exec")
        else:
            assert (PROJECT_DIR / arguments[0]).is_file(), command
    else:
        assert program in MACHINE, command


def test_every_query_of_the_runbook_runs() -> None:
    queries = [words[words.index("--inline") + 1] for words in commands() if "--inline" in words]
    assert len(queries) >= 4
    connection = duckdb.connect()
    ledger.make_tables(Warehouse(connection))
    # As macros/project/record_build.sql makes it.
    connection.execute("create schema build_log")
    connection.execute("create table build_log.builds (invocation_id varchar, finished_at timestamp, vars varchar)")
    connection.execute("create schema reports")
    for name in ("rpt_data_quality", "rpt_campaign_roi"):
        document = yaml.safe_load((PROJECT_DIR / "models" / "reports" / f"{name}.yml").read_text(encoding="utf-8"))
        columns = document["models"][0]["columns"]
        types = [f"{column['name']} {column['data_type']}" for column in columns]
        connection.execute(f"create table reports.{name} ({', '.join(types)})")
    for query in queries:
        assert connection.execute(query).fetchall() == [], query


def test_every_place_that_the_runbook_names_in_itself_is_there() -> None:
    anchors = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^##? (.+)", RUNBOOK, re.M)
    }
    links = re.findall(r"\]\(#([\w-]+)\)", RUNBOOK)
    assert len(links) > 10
    assert set(links) <= anchors


@cache
def said_in_code() -> list[re.Pattern[str]]:
    return list(strings_of_code())


def strings_of_code() -> Iterator[re.Pattern[str]]:
    """A pattern for each string of the code: what is put in when it runs may be anything."""
    for folder in ("cli", "common", "ingestion", "write_back"):
        for path in sorted((PROJECT_DIR / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                yield from pattern(node)
    for path in sorted((PROJECT_DIR / "macros").rglob("*.sql")):
        # Jinja's "..." ~ name ~ "..." is one sentence.
        joined = re.sub(r'"\s*~\s*(?:[^"~]+~\s*)?"', "\0", path.read_text(encoding="utf-8"))
        for text in re.findall(r'"([^"]*)"', joined):
            if len(text) >= LEAST_WORDS:
                yield re.compile(".*".join(re.escape(part) for part in text.split("\0")))


def pattern(node: ast.AST) -> Iterator[re.Pattern[str]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        parts: list[str | None] = [node.value]
    elif isinstance(node, ast.JoinedStr):
        parts = [str(part.value) if isinstance(part, ast.Constant) else None for part in node.values]
    else:
        return
    if sum(len(part) for part in parts if part) >= LEAST_WORDS:
        yield re.compile("".join(".+" if part is None else re.escape(part) for part in parts))


def as_pattern(line: str) -> str:
    """A quoted line, with anything where <...> stands."""
    return "".join(".+" if part.startswith("<") else re.escape(part) for part in re.split(r"(<[^>]+>)", line))


@pytest.mark.parametrize("line", fenced("text"))
def test_every_message_that_the_runbook_quotes_is_said_by_the_code(line: str) -> None:
    if any(said in line for said in SAID_BY_OTHERS):
        # test_what_a_refused_record_looks_like has it from a run.
        return
    check = re.fullmatch(r"(?:ok|warn|fail)  ([^:]+): (.+)", line)
    for text in check.groups() if check else [line.strip()]:
        assert any(each.fullmatch(text) for each in said_in_code()), text


# What comes out when it is run


@pytest.fixture
def attribution(attribution_here: Callable[..., subprocess.CompletedProcess[str]]) -> Any:
    """``attribution(*arguments, **settings)``, in this process."""
    return attribution_here


def quoted(said: str) -> list[str]:
    """The lines of the runbook's quotes that stand in what a command said."""
    spoken = said.splitlines()
    return [line for line in fenced("text") if any(re.fullmatch(as_pattern(line), each) for each in spoken)]


@pytest.fixture(scope="module")
def sandbox_settings() -> Iterator[dict[str, str]]:
    from sandbox.content import build_org
    from sandbox.server import Sandbox

    with Sandbox(build_org(seed=1, scale=0.01, as_of=date(2026, 6, 15)), rate_limit=100_000) as sandbox:
        yield sandbox.environment


def test_a_locked_file_says_what_the_runbook_quotes(
    attribution: Any, tmp_path: Path, sandbox_settings: dict[str, str]
) -> None:
    file = tmp_path / "w.duckdb"
    holder = subprocess.Popen(
        [sys.executable, "-c", f"import duckdb; c = duckdb.connect({str(file)!r}); print(1, flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        ended = attribution("load", "salesforce", **sandbox_settings, ATTRIBUTION_DUCKDB_PATH=file)
        with pytest.raises(duckdb.IOException, match="Could not set lock on file"):
            duckdb.connect(str(file))
    finally:
        holder.communicate("\n", timeout=30)
    assert ended.returncode == 1
    assert [line.split()[1] for line in quoted(ended.stderr)] == ["is", "until"]
    assert "`Could not set lock on file`" in RUNBOOK


@pytest.mark.parametrize(
    ("command", "change", "begins"),
    [
        (["load", "genesys"], {"GENESYSCLOUD_OAUTHCLIENT_SECRET": "expired"}, "Genesys Cloud at <address>"),
        (["load", "salesforce"], {"SALESFORCE_CLIENT_SECRET": "expired"}, "Salesforce does not accept"),
        (["load", "genesys"], {"GENESYSCLOUD_OAUTHCLIENT_SECRET": ""}, "GENESYSCLOUD_OAUTHCLIENT_SECRET is not"),
        (["load", "genesys"], {"GENESYSCLOUD_OAUTHCLIENT_ID": "sandbox-weak"}, "The OAuth client may not do GET"),
    ],
    ids=["genesys secret", "salesforce secret", "no secret", "permission"],
)
def test_a_refused_client_says_what_the_runbook_quotes(
    attribution: Any,
    tmp_path: Path,
    sandbox_settings: dict[str, str],
    command: list[str],
    change: dict[str, str],
    begins: str,
) -> None:
    ended = attribution(*command, **{**sandbox_settings, "ATTRIBUTION_DUCKDB_PATH": tmp_path / "w.duckdb", **change})
    assert ended.returncode == 1
    assert [line for line in quoted(ended.stderr) if line.startswith(begins)], ended.stderr


def test_another_org_says_what_the_runbook_quotes(
    attribution: Any, tmp_path: Path, sandbox_settings: dict[str, str]
) -> None:
    file = tmp_path / "w.duckdb"
    with duckdb.connect(str(file)) as warehouse:
        warehouse.execute("create schema raw_genesys")
        warehouse.execute("create table raw_genesys.organization as select 'another' as id, 'Acme Insurance' as name")
    ended = attribution("load", "genesys", **sandbox_settings, ATTRIBUTION_DUCKDB_PATH=file)
    assert ended.returncode == 1
    assert [line.split()[0] for line in quoted(ended.stderr)] == ["<file>", "Name"]


def test_what_a_refused_record_looks_like(attribution: Any, tmp_path: Path, sandbox_settings: dict[str, str]) -> None:
    file = tmp_path / "w.duckdb"
    with duckdb.connect(str(file)) as warehouse:
        warehouse.execute("create schema exports")
        warehouse.execute(
            """create table exports.export_genesys_attribution as select
                '00000000-0000-4000-8000-000000000001' as conversation_id, 1.0::double as attribution_credit,
                10.00::decimal(18, 2) as attributed_value, 'linear' as attribution_model,
                1.0::double as single_win_credit, 'C1' as campaign_id, 1::bigint as touch_sequence,
                1::bigint as conversion_count, timestamp '2026-06-01' as last_converted_at, 'h' as row_hash"""
        )
    ended = attribution("write-back", **sandbox_settings, ATTRIBUTION_DUCKDB_PATH=file)
    assert ended.returncode == 1
    said = quoted(ended.stdout + ended.stderr)
    assert [line for line in said if SAID_BY_OTHERS[0] in line]
    assert [line for line in said if line.startswith("Genesys Cloud did not take 1 record;")]
    assert [line for line in said if line.startswith("Mend what the reasons above name")]


def test_a_late_source_says_what_the_runbook_quotes(
    attribution: Any, manifest_of: Callable[..., Any], tmp_path: Path
) -> None:
    import parsed

    file = tmp_path / "warehouse.duckdb"
    now = datetime.now(UTC)
    with duckdb.connect(str(file)) as warehouse:
        for source, age in (("genesys", timedelta(hours=1)), ("salesforce", timedelta(days=3, hours=1))):
            warehouse.execute(f"create schema raw_{source}")
            warehouse.execute(
                f"create table raw_{source}.completed_loads"
                " (loaded_at timestamptz, since timestamptz, until timestamptz)"
            )
            warehouse.execute(f"insert into raw_{source}.completed_loads (loaded_at) values (?)", [now - age])
    ended = attribution("doctor", ATTRIBUTION_DUCKDB_PATH=file)
    assert ended.returncode == 1
    assert "fail  Last load of salesforce: 3 days ago; 48 hours are allowed" in quoted(ended.stdout)
    fresh = parsed.run(manifest_of(parsed.DEFAULT_SOURCES), parsed.folders(tmp_path, file), ["source", "freshness"])
    assert fresh.code == 1
    assert "ERROR STALE freshness of raw_salesforce.completed_loads" in fresh.printed
    assert "`ERROR STALE`" in RUNBOOK
