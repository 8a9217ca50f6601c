"""The set-up script grants what it says and no more, and each grant has its reason; the macros' Snowflake halves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlglot

from common.settings import PROJECT_DIR

SCRIPT = PROJECT_DIR / "docs" / "snowflake_setup.sql"
MACROS = {path: path.read_text(encoding="utf-8") for path in sorted((PROJECT_DIR / "macros").rglob("*.sql"))}
# What no half may be taken from: macros that ask for the warehouse.
DISPATCHED = re.compile(r"adapter\.dispatch\('(\w+)'(?:, '\w+')?\)")
# Held by nothing but the reader's eye.
UNKNOWN_TO_THE_PARSER = ("create row access policy ", "create resource monitor ")
# dbt has a half of its own for each warehouse.
OF_DBT = {"reset_csv_table"}


def statements() -> list[str]:
    """The script's statements, each with the comment before it."""
    return [part.strip() for part in SCRIPT.read_text(encoding="utf-8").split(";") if part.strip()]


def test_the_script_parses() -> None:
    parsed = sqlglot.parse(SCRIPT.read_text(encoding="utf-8"), read="snowflake")
    kinds = {type(each).__name__ for each in parsed if each}
    assert len(statements()) > 30 and {"Create", "Grant"} <= kinds


def test_every_grant_has_its_reason_and_none_is_all() -> None:
    for statement in statements():
        lines = statement.splitlines()
        code = " ".join(line for line in lines if not line.startswith("--")).lower()
        if code.startswith("grant"):
            assert lines[0].startswith("-- "), f"no reason stands before: {code}"
            assert not re.search(r"\ball\b(?! (schemas|tables|views))|ownership|with grant option", code), code
            assert "accountadmin" not in code, code


def test_readers_see_no_person() -> None:
    to_readers = [each.lower() for each in statements() if each.lower().endswith("to role attribution_reader")]
    assert len(to_readers) >= 6
    assert not [
        each for each in to_readers if re.search(r"raw_|staging|intermediate|write_back", each.split("grant")[1])
    ]


def test_the_examples_parse() -> None:
    page = (PROJECT_DIR / "docs" / "snowflake.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sql\n(.*?)```", page, re.S)
    assert len(blocks) == 3
    written = [part.strip() for block in blocks for part in block.split(";") if part.strip()]
    unknown = [each for each in written if each.startswith(UNKNOWN_TO_THE_PARSER)]
    assert len(unknown) == len(UNKNOWN_TO_THE_PARSER)
    for each in set(written) - set(unknown):
        assert sqlglot.parse_one(each, read="snowflake")


@pytest.mark.parametrize("name", sorted({n for text in MACROS.values() for n in DISPATCHED.findall(text)} - OF_DBT))
def test_every_dispatched_macro_has_its_snowflake_half(name: str) -> None:
    text = "".join(MACROS.values())
    assert re.search(rf"macro\s+snowflake__{name}\s*\(", text), f"macros/ has no snowflake__{name}"
    assert re.search(rf"macro\s+default__{name}\s*\(", text), f"macros/ has no default__{name}"


def test_what_dbt_itself_asks_of_snowflake_is_there() -> None:
    text = "".join(MACROS.values())
    for name in ("set_query_tag", "escape_single_quotes"):
        assert f"{{% macro snowflake__{name}(" in text


def test_the_test_reads_all_macros() -> None:
    assert len(MACROS) > 60 and all(isinstance(path, Path) for path in MACROS)
