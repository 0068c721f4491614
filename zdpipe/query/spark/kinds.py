"""The kind of value that each part of a query has, as far as the source's schema makes it certain."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from zdpipe.query.spark.typing import metadata

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
    RecursionError,
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
    NULL = "NULL"
    OTHER = "of another kind"
    TEXT = "VARCHAR"
    TIMESTAMP = "TIMESTAMP"
    UNKNOWN = "unknown"
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
    exp.DType.NULL: Kind.NULL,
    exp.DType.UNKNOWN: Kind.UNKNOWN,
    exp.DType.TIMESTAMP: Kind.TIMESTAMP,
    exp.DType.TIMESTAMPLTZ: Kind.ZONED,
    exp.DType.TIMESTAMPNTZ: Kind.TIMESTAMP,
    exp.DType.TIMESTAMPTZ: Kind.ZONED,
}


def note_kinds(tree: exp.Expr, schema: SourceSchema | None, tables: Mapping[str, Query]) -> None:
    """Note the kind of every part in its meta data, for `kind_of`; without a schema nothing is noted.

    sqlglot works over a copy, in which attribute tables stand in place; numbers tell which part is which.
    """
    if schema is None:
        return
    for number, node in enumerate(tree.walk()):
        node.meta[_NUMBER] = number
    kinds = _inferred(tree, schema, tables)
    for node in tree.walk():
        is_null = isinstance(node, exp.Null)
        node.meta[_KIND] = Kind.NULL if is_null else kinds.get(node.meta.pop(_NUMBER), Kind.UNKNOWN)


def kind_of(node: exp.Expr) -> Kind | None:
    """Return the kind of a part that was noted; None means that no kinds were, and all may be well."""
    kind = node.meta.get(_KIND)
    return kind if isinstance(kind, Kind) else None


def with_kind(node: exp.Expr, kind: Kind) -> exp.Expr:
    """Note the kind of a part that stands in another one's place."""
    node.meta[_KIND] = kind
    return node


def like(node: exp.Expr, other: exp.Expr) -> None:
    """Let a part that stands in another one's place be of its kind, unless it says its own."""
    if _KIND in other.meta:
        node.meta.setdefault(_KIND, other.meta[_KIND])


def kind_named(to: exp.DataType) -> Kind:
    """Return the kind of a type that a cast names."""
    return _BY_TYPE.get(to.this, Kind.OTHER)


def _inferred(tree: exp.Expr, schema: SourceSchema, tables: Mapping[str, Query]) -> dict[int, Kind]:
    columns = {name.casefold(): _lower(found) for name, found in schema.tables.items()}
    mapping = MappingSchema({_as_word(name): found for name, found in columns.items()}, dialect="duckdb")
    try:
        annotated = annotate_types(
            qualify(
                _by_word(_with_attribute_tables(tree, tables), columns),
                schema=mapping,
                dialect=_DIALECT,
                validate_qualify_columns=False,
                quote_identifiers=False,
            ),
            schema=mapping,
            expression_metadata=metadata(),
            dialect=_DIALECT,
        )
    except _FAILURES:
        return {}
    return {
        node.meta[_NUMBER]: _BY_TYPE.get(node.type.this, Kind.OTHER)
        for node in annotated.walk()
        if _NUMBER in node.meta and isinstance(node.type, exp.DataType)
    }


def _with_attribute_tables(tree: exp.Expr, tables: Mapping[str, Query]) -> exp.Expr:
    sources: dict[str, exp.Query | Callable[[], exp.Query]] = {}
    for name, table in tables.items():
        made: exp.Expr | None = table.statement
        if isinstance(made, exp.Query):
            sources[name] = made
    return exp.expand(tree.copy(), sources, copy=True) if sources else tree.copy()


def _lower(columns: Mapping[str, str]) -> dict[str, str]:
    return {column.lower(): kind for column, kind in columns.items()}


def _as_word(name: str) -> str:
    """Return one word for a qualified name: the schema that sqlglot takes has one depth for all tables."""
    return name.replace(".", "\x1f")


def _by_word(tree: exp.Expr, tables: Mapping[str, Mapping[str, str]]) -> exp.Expr:
    """Name each of the source's tables by one word, and by its own as an alias."""
    ctes = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
    for table in list(tree.find_all(exp.Table)):
        name = ".".join(part.name for part in table.parts).casefold()
        if name in ctes:
            continue
        known = next((one for one in tables if f".{name}".endswith(f".{one}")), None) or next(
            (one for one in tables if f".{one}".endswith(f".{name}")), None
        )
        if known is not None and ("." in known or "." in name):
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            table.set("this", exp.to_identifier(_as_word(known), quoted=True))
            table.set("db", None)
            table.set("catalog", None)
    return tree
