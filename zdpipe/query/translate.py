"""A Query → the text that the engine runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import ErrorLevel, TokenError
from sqlglot.tokenizer_core import TokenType

from zdpipe.errors import QueryError
from zdpipe.model.dialect import ENGINE_DIALECT, dialect_named
from zdpipe.query.parse import PARSER_FAILURES, deeper_recursion

if TYPE_CHECKING:
    from zdpipe.model.query import Query

# Their date_diff counts whole units, as DuckDB's date_sub does; DuckDB's date_diff counts the turns of the
# calendar between (documentation of Trino, Spark and DuckDB, "Date functions").
_WHOLE_UNITS = frozenset({"athena", "databricks", "presto", "spark", "spark2", "trino"})


def engine_sql(query: Query) -> str:
    """Return one statement in DuckDB's own SQL, without a closing semicolon.

    Text written for DuckDB stays as it is. A last line may be a comment, so whoever wraps the text in
    parentheses begins a new line first. Raises QueryError when the file does not hold one statement, or
    something in it has no counterpart in DuckDB.
    """
    if len(query.statements) != 1 and query.problem is None:
        raise not_one_select(query)
    if query.dialect == ENGINE_DIALECT:
        return without_semicolons(query.text, query.dialect)
    return _translated(query)


def not_one_select(query: Query) -> QueryError:
    """Return the error for a file that a command cannot run."""
    return QueryError(
        f"{query.path} does not hold exactly one SELECT.", f"`zdpipe lint {query.path}` tells the place."
    )


def without_semicolons(text: str, dialect: str) -> str:
    """Return the text of the one statement of a file."""
    if ";" not in text:
        return text.rstrip()
    try:
        tokens = dialect_named(dialect).tokenize(text)
    except TokenError:
        return text.rstrip().rstrip(";")
    words = [index for index, token in enumerate(tokens) if token.token_type != TokenType.SEMICOLON]
    if not words:
        return text.rstrip()
    start = 0 if words[0] == 0 else tokens[words[0]].start
    after = tokens[words[-1] + 1 :]
    return text[start : after[0].start if after else len(text)].rstrip()


def _translated(query: Query) -> str:
    statement = query.statement
    if statement is None:
        raise not_one_select(query)
    try:
        with deeper_recursion():
            return _adapted(statement, query.dialect).sql(
                dialect=ENGINE_DIALECT, unsupported_level=ErrorLevel.RAISE
            )
    except (*PARSER_FAILURES, RecursionError) as error:
        raise QueryError(
            f"{query.path} cannot be translated from {query.dialect} to DuckDB: {error}",
            "Write that part in DuckDB's SQL and set `-- zdpipe: dialect=duckdb` at the top of the file.",
        ) from error


def _adapted(statement: exp.Expr, dialect: str) -> exp.Expr:
    """Put right what sqlglot translates into something else."""
    if dialect not in _WHOLE_UNITS or not statement.find(exp.DateDiff, exp.TimestampDiff):
        return statement
    adapted: exp.Expr = statement.copy().transform(_in_whole_units)
    return adapted


def _in_whole_units(node: exp.Expr) -> exp.Expr:
    unit = node.args.get("unit")
    if not isinstance(node, exp.DateDiff | exp.TimestampDiff) or unit is None:
        return node
    name = exp.Literal.string(unit.name.lower())
    return exp.func("DATE_SUB", name, node.expression, node.this, dialect=ENGINE_DIALECT)
