"""Which statements of a build read a table that grows with history without a word of whom the build is about."""

from __future__ import annotations

import re

from snowflake_reference import read
from sqlglot import exp

# Facts and bridges; dimensions are as small as what they name.
GROWS = re.compile(r"fct_|bridge_")
# Who and what a build is about.
CONCERNED = re.compile(r"\bint_changed_\w+", re.IGNORECASE)
# A view reads when it is asked; and a contract's columns are asked for by a query without rows.
READS_NOTHING = re.compile(r"create or replace\s+(temporary\s+)?view\b|\bwhere false\b", re.IGNORECASE)
NODE = re.compile(r'"node_id": "model\.\w+\.(\w+)"')


def whole_scans(statements: list[str]) -> set[tuple[str, str]]:
    """(model, table) for each select over such a table that nothing narrows to the people or records concerned."""
    found = set()
    for sql in set(statements):
        node = NODE.search(sql)
        if not node or READS_NOTHING.search(sql) or "marts." not in sql:
            continue
        for statement in read(sql).statements:
            for select in statement.find_all(exp.Select):
                sources = [select.args.get("from_"), *(select.args.get("joins") or [])]
                tables = [each.this for each in sources if each and isinstance(each.this, exp.Table)]
                where = select.args.get("where")
                joined = any(CONCERNED.search(table.name) for table in tables)
                if joined or (where and CONCERNED.search(where.sql())):
                    continue
                found |= {
                    (node[1], table.name)
                    for table in tables
                    if table.db == "marts" and GROWS.match(table.name) and not table.name.endswith("__dbt_tmp")
                }
    return found
