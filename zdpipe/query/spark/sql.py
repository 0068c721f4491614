"""A query, in whatever dialect, → the text that runs on Spark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.errors import QueryError
from zdpipe.model.dialect import ENGINE_DIALECT
from zdpipe.model.query import ParseProblem
from zdpipe.query.parse import parse
from zdpipe.query.spark.translate import SparkText, spark_text
from zdpipe.query.spark.unfaithful import Loss
from zdpipe.query.translate import engine_sql, not_one_select, without_semicolons

if TYPE_CHECKING:
    from zdpipe.model.query import Query
    from zdpipe.model.schema import SourceSchema

SPARK_DIALECT = "spark"
CURE = "Write it otherwise, or all in Spark's SQL with `-- zdpipe: dialect=spark` at the top of the file."
_WRITING = (exp.DML, exp.DDL, exp.Command, exp.Into)


def spark_sql(query: Query, schema: SourceSchema | None, tables: Mapping[str, Query]) -> str:
    """Return one SELECT in Spark's SQL, without a closing semicolon.

    Text written for Spark stays as it is; any other is translated to DuckDB's SQL first, so that it gives
    what it would give there. Raises QueryError when the file does not hold one SELECT, or Spark would give
    something else.
    """
    statement: exp.Expr | None = query.statement
    if not isinstance(statement, exp.Query) or _writes(statement):
        raise not_one_select(query)
    if query.dialect == SPARK_DIALECT:
        return without_semicolons(query.text, SPARK_DIALECT)
    made = _translated(query, schema, tables)
    if made.losses:
        loss = made.losses[0]
        shown = loss.node.sql(dialect=ENGINE_DIALECT, comments=False)[:60]
        raise QueryError(f"{query.path}: Spark has no counterpart for `{shown}`: {loss.reason}.", CURE)
    return made.sql


def spark_losses(query: Query, schema: SourceSchema | None, tables: Mapping[str, Query]) -> tuple[Loss, ...]:
    """Return what of a query Spark would give otherwise than DuckDB, by the nodes of its own statement."""
    statement: exp.Expr | None = query.statement
    if not isinstance(statement, exp.Query) or query.dialect == SPARK_DIALECT:
        return ()
    try:
        losses = _translated(query, schema, tables).losses
    except QueryError:  # what keeps it from DuckDB's SQL is said by others
        return ()
    if query.dialect == ENGINE_DIALECT:
        return losses
    return tuple(Loss(statement, _in_duckdb(loss)) for loss in losses)


def _in_duckdb(loss: Loss) -> str:
    shown = loss.node.sql(dialect=ENGINE_DIALECT, comments=False)[:60]
    return f"in DuckDB's SQL it has `{shown}`, and {loss.reason[:1].lower()}{loss.reason[1:]}"


def _writes(statement: exp.Expr) -> bool:
    return any(not isinstance(node, exp.Query) for node in statement.find_all(*_WRITING))


def _translated(query: Query, schema: SourceSchema | None, tables: Mapping[str, Query]) -> SparkText:
    if query.dialect == ENGINE_DIALECT:
        return spark_text(query, schema, tables)
    text = engine_sql(query)
    parsed = parse(text, ENGINE_DIALECT)
    if isinstance(parsed, ParseProblem):
        raise QueryError(f"{query.path} cannot be read in DuckDB's SQL: {parsed.message}", CURE)
    reread = replace(query, text=text, dialect=ENGINE_DIALECT, statements=parsed)
    return spark_text(reread, schema, tables, marked=False)  # its lines are none of the file's
