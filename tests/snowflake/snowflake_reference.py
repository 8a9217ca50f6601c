"""What of Snowflake the project uses: each function with its page of the reference, and how a statement is read.

The pages stand under https://docs.snowflake.com/en/sql-reference/functions/. A function that is not here is not used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.dialects.snowflake import Snowflake
from sqlglot.tokens import Token, TokenType


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


# Function → its page.
FUNCTIONS = {
    "ABS": "abs",
    "AVG": "avg",
    "CAST": "cast",
    "CHR": "chr",
    "COALESCE": "coalesce",
    "CONVERT_TIMEZONE": "convert_timezone",
    "COUNT": "count",
    "CURRENT_TIMESTAMP": "current_timestamp",
    "DATEADD": "dateadd",
    "DATEDIFF": "datediff",
    "DATE_TRUNC": "date_trunc",
    "DENSE_RANK": "dense_rank",
    "EXP": "exp",
    "FLATTEN": "flatten",
    "FLOOR": "floor",
    "GREATEST": "greatest",
    "IFF": "iff",
    "IS_ARRAY": "is_array",
    "IS_NULL_VALUE": "is_null_value",
    "IS_OBJECT": "is_object",
    "LAG": "lag",
    "LEAST": "least",
    "LENGTH": "length",
    "LISTAGG": "listagg",
    "LN": "ln",
    "LOWER": "lower",
    "MAX": "max",
    "MIN": "min",
    "MOD": "mod",
    "NULLIF": "nullif",
    "PERCENTILE_CONT": "percentile_cont",
    "RANK": "rank",
    "REGEXP_INSTR": "regexp_instr",
    "REGEXP_LIKE": "regexp_like",
    "REPLACE": "replace",
    "ROUND": "round",
    "ROW_NUMBER": "row_number",
    "SHA2": "sha2",
    "SUBSTR": "substr",
    "SUM": "sum",
    "TRANSLATE": "translate",
    "TRIM": "trim",
    "TRY_CAST": "try_cast",
    "UPPER": "upper",
}
# Words that a bracket may follow and that are no functions.
KEYWORDS = words(
    "ALL ALTER AND AS BY ELSE EXCEPT FROM GROUP IN JOIN NOT ON OR OVER PRIMARY SELECT THEN UNION USING VALUES WHEN "
    "WHERE WITH"
)
TYPES = words("CHARACTER DECIMAL NUMBER NUMERIC VARCHAR")
# Not allowed as a bare name of a column, table or alias: the words that Snowflake reserves,
# https://docs.snowflake.com/en/sql-reference/reserved-keywords
RESERVED = words(
    "ALL ALTER AND ANY AS BETWEEN BY CASE CAST CHECK COLUMN CONNECT CONSTRAINT CREATE CROSS CURRENT "
    "CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DELETE DISTINCT DROP ELSE EXISTS FALSE "
    "FOLLOWING FOR FROM FULL GRANT GROUP HAVING ILIKE IN INCREMENT INNER INSERT INTERSECT INTO IS JOIN "
    "LATERAL LEFT LIKE LOCALTIME LOCALTIMESTAMP MINUS NATURAL NOT NULL OF ON OR ORDER QUALIFY REGEXP REVOKE "
    "RIGHT RLIKE ROW ROWS SAMPLE SELECT SET SOME START TABLE TABLESAMPLE THEN TO TRIGGER TRUE TRY_CAST UNION "
    "UNIQUE UPDATE USING VALUES WHEN WHENEVER WHERE WITH"
)


@dataclass(frozen=True)
class Read:
    """One text of SQL as Snowflake's dialect has it: its statements, the functions it calls, reserved words that stand
    bare where a name does. What sqlglot knows by its first word alone is an exp.Command."""

    statements: list[exp.Expr]
    functions: set[str]
    reserved: set[str]


@cache
def read(sql: str) -> Read:
    """Raises sqlglot's ParseError where it is not Snowflake's dialect."""
    parsed = [each for each in sqlglot.parse(sql, read="snowflake") if each and not isinstance(each, exp.Semicolon)]
    names, with_columns = set(), set()
    for statement in parsed:
        for node in statement.find_all(exp.Identifier, exp.TableAlias):
            if isinstance(node, exp.Identifier):
                names |= set() if node.quoted else {node.name.upper()}
            elif node.columns:
                with_columns.add(node.name.upper())
    return Read(parsed, called(sql) - with_columns, names & RESERVED)


def called(sql: str) -> set[str]:
    """Words before an opening bracket that are no keywords, upper case, as they stand there: the parser would give
    other names, since it knows what a function is in other dialects."""
    tokens = Snowflake().tokenize(sql)
    return {
        token.text.upper()
        for before, token, after in zip([None, *tokens], tokens, tokens[1:], strict=False)
        if after.token_type == TokenType.L_PAREN and _may_be_called(before, token)
    }


def _may_be_called(before: Token | None, token: Token) -> bool:
    if token.token_type in (TokenType.STRING, TokenType.IDENTIFIER) or not token.text[:1].isalpha():
        return False
    if before is not None and before.token_type == TokenType.DOT:
        return False
    return token.text.upper().split()[0] not in KEYWORDS | TYPES
