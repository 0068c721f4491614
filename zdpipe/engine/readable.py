"""Types of DuckDB that Arrow and Polars cannot carry, or carry wrongly, made readable."""

from __future__ import annotations

import duckdb
import polars as pl
from duckdb.sqltypes import DuckDBPyType

from zdpipe.engine.table_files import identifier

_NUMBERS = frozenset({"boolean", "float", "double", "decimal"})
_INTEGERS = frozenset({"tinyint", "smallint", "integer", "bigint", "hugeint"})
_UNSIGNED = frozenset({"utinyint", "usmallint", "uinteger", "ubigint"})
_TEXTS = frozenset({"varchar", "uuid", "enum", "blob"})
_TIMES = frozenset({"date", "time", "timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns"})
_CARRIED = _NUMBERS | _INTEGERS | _UNSIGNED | _TEXTS | _TIMES | {"timestamp with time zone"}
_NESTED = frozenset({"list", "array", "struct", "map"})


def readable(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Return a relation whose awkward columns are text; the relation itself where it has none.

    Awkward are INTERVAL, UNION, BIT, BIGNUM, VARIANT, GEOMETRY and TIME WITH TIME ZONE, which Arrow turns
    into bytes, Polars refuses, or both lose the zone of.
    """
    casts = [_text_type(kind) for kind in relation.types]
    if not any(casts):
        return relation
    parts = [
        f"CAST(#{number} AS {cast}) AS {identifier(name)}" if cast else f"#{number} AS {identifier(name)}"
        for number, (name, cast) in enumerate(zip(relation.columns, casts, strict=True), start=1)
    ]
    return relation.project(", ".join(parts))


def _text_type(kind: DuckDBPyType) -> str | None:
    """Return the type a column is cast to, or None where it may stay."""
    if _is_carried(kind):
        return None
    return "VARCHAR[]" if kind.id in {"list", "array"} else "VARCHAR"


def _is_carried(kind: DuckDBPyType) -> bool:
    if kind.id not in _NESTED:
        return kind.id in _CARRIED
    return all(_is_carried(child) for _, child in kind.children if isinstance(child, DuckDBPyType))


def settle_types(frame: pl.DataFrame, huge: frozenset[str]) -> pl.DataFrame:
    """Make enums text and HUGEINT columns, which arrive as DECIMAL(38,0), whole numbers again."""
    return frame.with_columns(
        pl.col(pl.Categorical, pl.Enum).cast(pl.String),
        *(pl.col(name).cast(pl.Int128) for name in huge),
    )


def huge_columns(relation: duckdb.DuckDBPyRelation) -> frozenset[str]:
    """Return the HUGEINT columns, such as every SUM of whole numbers."""
    pairs = zip(relation.columns, relation.types, strict=True)
    return frozenset(name for name, kind in pairs if kind.id == "hugeint")
