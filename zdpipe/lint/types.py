"""The SQL types of a result's columns, where the source's schema makes them certain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from zdpipe.lint.columns import deepest
from zdpipe.lint.scopes import SCOPE_FAILURES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zdpipe.lint.catalog import Catalog
    from zdpipe.model.query import Query

NUMBERS = exp.DataType.NUMERIC_TYPES
FLOATS = exp.DataType.FLOAT_TYPES
INTEGERS = exp.DataType.INTEGER_TYPES
TEXTS = exp.DataType.TEXT_TYPES
DATES = frozenset({exp.DType.DATE, exp.DType.DATE32})
TIMES = frozenset(exp.DataType.TEMPORAL_TYPES) - DATES
_DEEPEST = 400  # levels of nodes; sqlglot climbs from each column to the top, which costs the square of them
LISTS = frozenset({exp.DType.ARRAY, exp.DType.LIST})
BYTES = frozenset({exp.DType.BINARY, exp.DType.BLOB, exp.DType.VARBINARY})
# What has no place in JSON as Zendesk reads it, lists aside.
SHAPELESS = frozenset(
    {
        *exp.DataType.STRUCT_TYPES,
        *BYTES,
        exp.DType.INTERVAL,
        exp.DType.JSON,
        exp.DType.MAP,
        exp.DType.UNION,
    }
)
_MISJUDGED = (
    exp.ApproxQuantile,
    exp.ArrayPosition,
    exp.Corr,
    exp.JarowinklerSimilarity,
    exp.Quantile,
    exp.Rand,
)


def result_types(query: Query, catalog: Catalog, outputs: int) -> tuple[exp.DataType | None, ...]:
    """Return the type of each column of a result, None where it is unknown.

    sqlglot infers them over a copy in which attribute tables stand in place; where it cannot, or finds
    another number of columns, nothing is known.
    """
    unknown = (None,) * outputs
    statement: exp.Expr | None = query.statement
    if not catalog.source or not isinstance(statement, exp.Query) or deepest(statement) > _DEEPEST:
        return unknown
    try:
        types = _infer(_with_attribute_tables(statement, catalog), catalog, query.dialect)
    except (*SCOPE_FAILURES, ArithmeticError, NotImplementedError):
        return unknown
    return types if len(types) == outputs else unknown


def _with_attribute_tables(statement: exp.Query, catalog: Catalog) -> exp.Expr:
    sources: dict[str, exp.Query | Callable[[], exp.Query]] = {}
    for query in catalog.attribute_tables.values():
        made: exp.Expr | None = query.statement
        if isinstance(made, exp.Query):
            sources[query.name] = made
    return exp.expand(statement, sources, copy=True) if sources else statement.copy()


def _infer(statement: exp.Expr, catalog: Catalog, dialect: str) -> tuple[exp.DataType | None, ...]:
    # Names run in DuckDB, which tells no case; those of Snowflake would be upper case, BigQuery's exact.
    dialect = f"{dialect}, normalization_strategy=case_insensitive"
    schema = MappingSchema(_nested(catalog.source), dialect="duckdb")
    qualified = qualify(
        statement, schema=schema, dialect=dialect, validate_qualify_columns=False, quote_identifiers=False
    )
    annotated = annotate_types(qualified, schema=schema, dialect=dialect)
    selects: Sequence[exp.Expr] = annotated.selects if isinstance(annotated, exp.Query) else ()
    laterals = {lateral.alias.casefold() for lateral in annotated.find_all(exp.Lateral)}
    return tuple(None if _is_misjudged(one, laterals) else _known(one.type) for one in selects)


def _is_misjudged(item: exp.Expr, laterals: set[str]) -> bool:
    """Tell whether sqlglot would name another type than DuckDB has, as tests/lint/test_dialects.py found."""
    if item.find(*_MISJUDGED):
        return True
    # A column of LATERAL VIEW explode(x) is one of x, and sqlglot says it is all of it.
    return any(column.table.casefold() in laterals for column in item.find_all(exp.Column))


def _nested(tables: Mapping[str, Mapping[str, str]]) -> dict[str, object]:
    """Return the tables that are named by one word: the schema sqlglot takes has one depth for all."""
    return {
        name: {column.lower(): kind for column, kind in columns.items()}
        for name, columns in tables.items()
        if "." not in name
    }


def _known(kind: exp.DataType | None) -> exp.DataType | None:
    unknown = {exp.DType.UNKNOWN, exp.DType.NULL}
    return kind if kind is not None and kind.this not in unknown else None
