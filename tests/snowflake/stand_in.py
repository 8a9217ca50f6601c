"""A stand-in for Snowflake on loopback: fakesnow's server in a process of its own, its faults mended, what it was sent
written down.

``python stand_in.py FOLDER`` prints the port and serves until its standard input ends. In FOLDER it leaves
``statements.jsonl``, a line ``{"sql", "session", "error"}`` for every statement, and ``logins.jsonl``, what each
session was opened with (no secret but the token of a key pair).

Everything that is patched here is a fault of the stand-in alone; docs/snowflake.md lists them. What is not patched is
fakesnow's own: it parses Snowflake's dialect with sqlglot and runs it on DuckDB.
"""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import re
import socket
import sys
import threading
from pathlib import Path
from string import Template
from typing import Any

import fakesnow.arrow
import fakesnow.info_schema
import fakesnow.server
import pyarrow as pa
import uvicorn
from fakesnow import transforms
from fakesnow.transforms import stage
from snowflake.connector.util_text import split_statements
from sqlglot import Expr, exp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


class Record:
    """Two files of JSON lines; several requests may write at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.Lock()

    def write(self, name: str, row: dict[str, Any]) -> None:
        with self.lock, (self.folder / name).open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")


# Statements that have nothing to do here: DuckDB has no sessions' settings, roles, tasks of a cluster, and fakesnow
# stumbles over comments. They count as done; the tests parse them.
NOT_RUN = re.compile(
    r"\s*(comment\s+on|alter\s+(table|view)\s+\S+\s+alter|alter\s+session|grant|revoke|use\s+warehouse|remove)\b",
    re.IGNORECASE,
)
# A stage's address may stand in quotes.
QUOTED_STAGE = re.compile(r"(?<=\s)'(@[^']*)'(?=\s)")
COPY = re.compile(r"\s*copy\s+into\s+(\S+)\s+from\s+'@[^']*/([^/']+)'\s.*type\s*=\s*'(\w+)'", re.IGNORECASE | re.DOTALL)
# Its own way to say this repeats the placeholder; DuckDB has a function for what is asked.
IS_FOUND = re.compile(r"\bregexp_instr\((lower\(cast\(\w+ as varchar\)\)), \?\) > 0", re.IGNORECASE)
DONE = "select 'Statement executed successfully.' as status"


def mend(server_database: Any) -> None:
    """The patches; each says what Snowflake does otherwise."""
    # DuckDB 2.0.0 answers row_number() = 1 over a join wrongly with this optimizer: docs/decisions.md.
    server_database.execute("set global disabled_optimizers = 'top_n_window_elimination'")
    # Snowflake adds whole numbers and decimals exactly; the stand-in would turn each into a double first.
    transforms.numeric_agg_implicit_cast = lambda expression: expression
    # A temporary table may stand in a schema. dbt drops its own, so one that lasts does as well.
    # Nor does it know comments on columns where a table is made.
    transforms.create_table_as = without_temporary(transforms.create_table_as)
    # A null instant is null; the stand-in would send 1970.
    fakesnow.arrow.timestamp_to_sf_struct = with_nulls(fakesnow.arrow.timestamp_to_sf_struct)
    # INFORMATION_SCHEMA.TABLES has views too.
    fakesnow.info_schema.SQL_CREATE_INFORMATION_SCHEMA_TABLES_VIEW = Template(
        fakesnow.info_schema.SQL_CREATE_INFORMATION_SCHEMA_TABLES_VIEW.template.replace(
            "from duckdb_tables tables",
            "from (select database_name, schema_name, table_name, estimated_size, 'BASE TABLE' as kind"
            " from duckdb_tables"
            " union all select database_name, schema_name, view_name, null, 'VIEW' from duckdb_views) tables",
        ).replace("'BASE TABLE' AS", "tables.kind AS")
    )
    # What a VARIANT holds can be asked for.
    transforms.try_parse_json = kinds_of_variant(transforms.try_parse_json)


def with_nulls(original: Any) -> Any:
    """The struct that stands for an instant, null where the instant is."""

    def struct(instants: pa.Array | pa.ChunkedArray) -> pa.Array:
        instants = instants.combine_chunks() if isinstance(instants, pa.ChunkedArray) else instants
        if not instants.null_count:
            return original(instants)
        made = original(instants.fill_null(0))
        return pa.StructArray.from_arrays(made.flatten(), fields=list(made.type), mask=instants.is_null())

    return struct


def without_temporary(original: Any) -> Any:
    """``create temporary table schema.name`` as a table that lasts, and no comments on columns."""

    def transform(expression: Expr, duck_conn: Any) -> Expr:
        if isinstance(expression, exp.Create) and (properties := expression.args.get("properties")):
            for temporary in list(properties.find_all(exp.TemporaryProperty)):
                temporary.pop()
        if isinstance(expression, exp.Create):
            for comment in list(expression.find_all(exp.CommentColumnConstraint)):
                comment.parent.pop()
        return original(expression, duck_conn)

    return transform


def kinds_of_variant(original: Any) -> Any:
    """``is_object`` and its like by the type that DuckDB's JSON has."""
    types = {
        "IS_OBJECT": "OBJECT",
        "IS_ARRAY": "ARRAY",
        "IS_NULL_VALUE": "NULL",
    }

    def transform(expression: Expr) -> Expr:
        name = expression.name.upper() if isinstance(expression, exp.Anonymous) else expression.key.upper()
        if name in types:
            value = expression.expressions[0] if isinstance(expression, exp.Anonymous) else expression.this
            found = exp.Anonymous(this="json_type", expressions=[value.copy()])
            return exp.Paren(this=exp.EQ(this=found, expression=exp.Literal.string(types[name])))
        return original(expression)

    return transform


def plain(request: Request, sent: dict[str, Any]) -> Request:
    """The request with ``sent`` for a body, not packed."""
    again = Request(
        {**request.scope, "headers": [(k, v) for k, v in request.scope["headers"] if k != b"content-encoding"]}
    )
    again._body = json.dumps(sent).encode()
    return again


def application(record: Record) -> Starlette:
    """fakesnow's application; every request is written down as it passes, and every answer that is an error."""
    inner = fakesnow.server.app

    async def login(request: Request) -> JSONResponse:
        body = await request.body()
        data = json.loads(gzip.decompress(body) if request.headers.get("Content-Encoding") == "gzip" else body)["data"]
        kept = {name: data.get(name) for name in ("ACCOUNT_NAME", "LOGIN_NAME", "AUTHENTICATOR", "TOKEN")}
        record.write(
            "logins.jsonl",
            {
                **kept,
                "has_password": bool(data.get("PASSWORD")),
                "query": dict(request.query_params),
                "session": data.get("SESSION_PARAMETERS"),
            },
        )
        return await fakesnow.server.login_request(request)

    async def query(request: Request) -> JSONResponse:
        body = await request.body()
        sent = json.loads(gzip.decompress(body) if request.headers.get("Content-Encoding") == "gzip" else body)
        # Several statements in one request are Snowflake's way; here each is one, and the last gives the answer.
        parts = [part for part, _ in split_statements(io.StringIO(sent["sqlText"])) if part.strip(" ;\n")]
        answer = JSONResponse({})
        for sql in parts or [sent["sqlText"]]:
            answer = await one(request, {**sent, "sqlText": sql})
            if b'"success":false' in answer.body[-400:]:
                break
        return answer

    async def one(request: Request, sent: dict[str, Any]) -> JSONResponse:
        sql = sent["sqlText"]
        if NOT_RUN.match(sql):
            sent = {**sent, "sqlText": DONE, "bindings": None}
        elif found := COPY.match(sql):
            # Its options and the address in quotes are not known here.
            connection = fakesnow.server.to_conn(fakesnow.server.to_token(request))
            await asyncio.to_thread(copy_into, connection._duck_conn, connection.database, *found.groups())
            sent = {**sent, "sqlText": DONE}
        else:
            mended = IS_FOUND.sub(r"regexp_matches(\1, ?)", sql)
            sent = {**sent, "sqlText": QUOTED_STAGE.sub(lambda found: found[1].replace('"', ""), mended)}
        answer = await fakesnow.server.query_request(plain(request, sent))
        error = None
        if len(answer.body) < 4000 or answer.status_code != 200:
            said = json.loads(answer.body)
            error = None if said.get("success") else said.get("message")
        if answer.status_code == 500:
            # The driver would ask for minutes on end.
            answer = JSONResponse({"data": {"sqlState": "42000"}, "code": "001003", "message": error, "success": False})
        session = request.headers["Authorization"][-12:-1]
        record.write("statements.jsonl", {"sql": sql, "session": session, "error": error})
        return answer

    async def copy(request: Request) -> JSONResponse:
        """Tables of a DuckDB file, as they are; JSON columns are what VARIANT is here."""
        asked = json.loads(await request.body())
        connection = fakesnow.server.shared_fs.connect(asked["database"], "PUBLIC")
        duck = connection._duck_conn
        rows = await asyncio.to_thread(copy_tables, duck, asked["file"], asked["database"].upper(), asked["schemas"])
        return JSONResponse({"rows": rows})

    routes = [
        Route("/session/v1/login-request", login, methods=["POST"]),
        Route("/queries/v1/query-request", query, methods=["POST"]),
        Route("/stand-in/copy", copy, methods=["POST"]),
    ]
    taken = {route.path for route in routes}
    routes += [route for route in inner.routes if route.path not in taken]
    return Starlette(routes=routes)


def copy_tables(duck: Any, file: str, database: str, schemas: list[str]) -> int:
    """Make each table of ``schemas`` anew from ``file``, names in upper case as Snowflake's; how many rows came."""
    duck.execute(f"attach '{file}' as copied (read_only)")
    total = 0
    try:
        found = duck.execute(
            "select table_schema, table_name from information_schema.tables where table_catalog = 'copied'"
            " and list_contains(?, table_schema)",
            [schemas],
        ).fetchall()
        for schema, table in found:
            columns = duck.execute(
                "select column_name from information_schema.columns where table_catalog = 'copied'"
                " and table_schema = ? and table_name = ? order by ordinal_position",
                [schema, table],
            ).fetchall()
            renamed = ", ".join(f'"{name}" as "{name.upper()}"' for (name,) in columns)
            target = f"{database}.{schema.upper()}"
            duck.execute(f"create schema if not exists {target}")
            duck.execute(
                f'create or replace table {target}."{table.upper()}" as select {renamed} from copied.{schema}."{table}"'
            )
            total += duck.execute(f'select count(*) from {target}."{table.upper()}"').fetchone()[0]
    finally:
        duck.execute("detach copied")
    return total


def copy_into(duck: Any, database: str, table: str, file: str, kind: str) -> None:
    """COPY INTO by the names of columns, in the session's transaction: one staged file, Parquet or JSON by lines."""
    [path] = Path(stage.LOCAL_BUCKET_PATH).rglob(file)
    target = f"{database}.{table}"
    if kind.upper() == "PARQUET":
        duck.execute(f"insert into {target} by name select * from read_parquet('{path}')")
        return
    columns = duck.execute(f"describe {target}").fetchall()
    types = ", ".join(f"'{name.lower()}': '{type}'" for name, type, *_ in columns)
    duck.execute(f"insert into {target} select * from read_json('{path}', format = 'nd', columns = {{{types}}})")


def serve(folder: Path) -> None:
    """Serve on a free port of loopback; say which on standard output; end with standard input."""
    mend(fakesnow.server.shared_fs.duck_conn)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    # Whoever reads the port may connect at once, and waits until it is served.
    listener.listen()
    config = uvicorn.Config(application(Record(folder)), log_level="error")
    server = uvicorn.Server(config)
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), setattr(server, "should_exit", True)), daemon=True).start()
    server.run(sockets=[listener])


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
