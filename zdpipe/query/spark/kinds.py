"""The kind of value that each part of a query has, as far as the source's schema makes it certain."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zdpipe.model.query import Query
    from zdpipe.model.schema import SourceSchema

_DIALECT = "duckdb, normalization_strategy=case_insensitive"
# What sqlglot's optimizer has been seen to raise on queries that are fine.
_FAILURES = (
    SqlglotError,
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
)
_NUMBER = "n"
_KIND = "kind"


class Kind(StrEnum):
    """Kinds of values that Spark and DuckDB compute with in different ways."""

    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    DECIMAL = "DECIMAL"
    DOUBLE = "DOUBLE"
    FLOAT = "FLOAT"
    INTEGER = "INTEGER"
    INTERVAL = "INTERVAL"
    LIST = "LIST"
    OTHER = "of another kind"
    TEXT = "VARCHAR"
    TIMESTAMP = "TIMESTAMP"
    ZONED = "TIMESTAMP WITH TIME ZONE"


NUMBERS = frozenset({Kind.DECIMAL, Kind.DOUBLE, Kind.FLOAT, Kind.INTEGER})
_BY_TYPE: dict[exp.DType, Kind] = {
    **dict.fromkeys(exp.DataType.INTEGER_TYPES, Kind.INTEGER),
    **dict.fromkeys(exp.DataType.TEXT_TYPES, Kind.TEXT),
    exp.DType.ARRAY: Kind.LIST,
    exp.DType.BOOLEAN: Kind.BOOLEAN,
    exp.DType.DATE: Kind.DATE,
    exp.DType.DECIMAL: Kind.DECIMAL,
    exp.DType.DOUBLE: Kind.DOUBLE,
    exp.DType.FLOAT: Kind.FLOAT,
    exp.DType.INTERVAL: Kind.INTERVAL,
    exp.DType.LIST: Kind.LIST,
    exp.DType.TIMESTAMP: Kind.TIMESTAMP,
    exp.DType.TIMESTAMPLTZ: Kind.ZONED,
    exp.DType.TIMESTAMPNTZ: Kind.TIMESTAMP,
    exp.DType.TIMESTAMPTZ: Kind.ZONED,
}


def note_kinds(tree: exp.Expr, schema: SourceSchema | None, tables: Mapping[str, Query]) -> None:
    """Note the kind of every part in its meta data, for `kind_of`; parts nobody knows have none.

    sqlglot works over a copy, in which attribute tables stand in place; numbers tell which part is which.
    """
    for number, node in enumerate(tree.walk()):
        node.meta[_NUMBER] = number
    kinds = _inferred(tree, schema, tables)
    for node in tree.walk():
        node.meta[_KIND] = kinds.get(node.meta.pop(_NUMBER))


def kind_of(node: exp.Expr) -> Kind | None:
    """Return the kind of a part that was noted, None where it is unknown."""
    kind = node.meta.get(_KIND)
    return kind if isinstance(kind, Kind) else kind_of(node.this) if isinstance(node, exp.Paren) else None


def with_kind(node: exp.Expr, kind: Kind) -> exp.Expr:
    """Note the kind of a part that stands in another one's place."""
    node.meta[_KIND] = kind
    return node


def kind_named(to: exp.DataType) -> Kind:
    """Return the kind of a type that a cast names."""
    return _BY_TYPE.get(to.this, Kind.OTHER)


def _inferred(tree: exp.Expr, schema: SourceSchema | None, tables: Mapping[str, Query]) -> dict[int, Kind]:
    mapping = MappingSchema(_plain(schema), dialect="duckdb")
    try:
        annotated = annotate_types(
            qualify(
                _with_attribute_tables(tree, tables),
                schema=mapping,
                dialect=_DIALECT,
                validate_qualify_columns=False,
                quote_identifiers=False,
            ),
            schema=mapping,
            dialect=_DIALECT,
        )
    except _FAILURES:
        return {}
    return {
        node.meta[_NUMBER]: _BY_TYPE.get(node.type.this, Kind.OTHER)
        for node in annotated.walk()
        if _NUMBER in node.meta
        and isinstance(node.type, exp.DataType)
        and node.type.this not in {exp.DType.UNKNOWN, exp.DType.NULL}
    }


def _with_attribute_tables(tree: exp.Expr, tables: Mapping[str, Query]) -> exp.Expr:
    sources: dict[str, exp.Query | Callable[[], exp.Query]] = {}
    for name, table in tables.items():
        made: exp.Expr | None = table.statement
        if isinstance(made, exp.Query):
            sources[name] = made
    return exp.expand(tree.copy(), sources, copy=True) if sources else tree.copy()


def _plain(schema: SourceSchema | None) -> dict[str, object]:
    """Return the tables that are named by one word: the schema sqlglot takes has one depth for all."""
    return {
        name.casefold(): {column.lower(): kind for column, kind in columns.items()}
        for name, columns in (schema.tables if schema else {}).items()
        if "." not in name
    }
