"""Each Snowflake half of a macro: without it, what DuckDB's half writes would be noticed in every statement.

The check of statements (test_same_rows.py) reads what was compiled by these macros. Here their two halves are rendered
by Jinja alone, so that each is known to be told from the other.
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import Environment
from snowflake_reference import FUNCTIONS, read
from sqlglot.errors import ParseError

from common.settings import PROJECT_DIR

# What stands for the arguments of a macro, by their names.
ARGUMENTS: dict[str, Any] = {
    "kind": "array",
    "order_by": "a",
    "keep": ["a"],
    "text_fields": {"x": "x"},
    "json_fields": {"y": "y"},
    "seconds": "60",
    "zone": "Europe/Berlin",
    "separator": " > ",
    "relation": "t",
}
FILES = sorted(path for path in (PROJECT_DIR / "macros").rglob("*.sql") if "snowflake__" in path.read_text("utf-8"))
OTHERWISE = ("set_query_tag", "escape_single_quotes", "in_one_transaction")


def rendered(name: str, **context: Any) -> Any:
    """The macros of one file, and of text_literal's; ``context`` is what dbt would give them."""
    environment = Environment(extensions=["jinja2.ext.do"])
    environment.globals.update({"return": lambda value: value, "tojson": json.dumps, **context})
    texts = [path.read_text("utf-8") for path in (PROJECT_DIR / "macros").rglob("*.sql") if path.stem == name]
    return environment.from_string("\n".join(texts)).module


def is_snowflakes(sql: str) -> bool:
    """Whether the check of statements would pass it."""
    try:
        return not read(sql).functions - set(FUNCTIONS)
    except ParseError:
        return False


@pytest.mark.parametrize("name", [path.stem for path in FILES if path.stem not in OTHERWISE])
def test_the_other_half_would_be_noticed(name: str) -> None:
    macros = rendered(name)
    found = {}
    for half in ("default", "snowflake"):
        macro = getattr(macros, f"{half}__{name}")
        sql = macro(*[ARGUMENTS.get(argument, "a") for argument in macro.arguments])
        found[half] = is_snowflakes(sql if "select" in sql else f"select {sql} as x from t")
    assert found == {"default": False, "snowflake": True}


def test_rows_are_replaced_in_one_transaction() -> None:
    macros = rendered("in_one_transaction")
    assert macros.snowflake__in_one_transaction("delete; insert;").split() == [
        "begin;",
        "delete;",
        "insert;",
        "commit;",
    ]
    assert macros.default__in_one_transaction("delete; insert;") == "delete; insert;"


def test_a_backslash_in_a_unit_test_is_doubled() -> None:
    assert rendered("escape_single_quotes").snowflake__escape_single_quotes("it's \\") == "it''s \\\\"


@pytest.mark.parametrize(
    ("warehouses", "folder", "used"),
    [
        ({}, "marts", []),
        ({"marts": "large"}, "marts", ["use warehouse large"]),
        # Whatever ran in this session before, it is back where SNOWFLAKE_WAREHOUSE says.
        ({"marts": "large"}, "reports", ["use warehouse usual"]),
    ],
)
def test_a_model_says_what_it_is_and_where_it_runs(warehouses: dict[str, str], folder: str, used: list[str]) -> None:
    sent: list[str] = []
    rendered(
        "set_query_tag",
        run_query=sent.append,
        project_name="p",
        invocation_id="i",
        model=SimpleNamespace(name="m", fqn=["p", folder, "m"]),
        target=SimpleNamespace(warehouse="usual"),
        text_literal=lambda text: f"'{text}'",
        settings=lambda: SimpleNamespace(snowflake_warehouses=warehouses),
    ).snowflake__set_query_tag()
    assert sent[0] == "rollback"
    assert json.loads(sent[1].partition(" = ")[2].strip("'")) == {"project": "p", "model": "m", "invocation": "i"}
    assert sent[2:] == used
