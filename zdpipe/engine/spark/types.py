"""Spark's types, as DuckDB spells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.engine.table_files import identifier

if TYPE_CHECKING:
    from pyspark.sql.types import DataType, StructType

_NAMES = {
    "binary": "BLOB",
    "boolean": "BOOLEAN",
    "byte": "TINYINT",
    "date": "DATE",
    "double": "DOUBLE",
    "float": "FLOAT",
    "integer": "INTEGER",
    "long": "BIGINT",
    "short": "SMALLINT",
    "string": "VARCHAR",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "timestamp_ntz": "TIMESTAMP",
    "void": "VARCHAR",  # DuckDB makes one of a column that is nothing but NULL
}


def columns_of(schema: StructType) -> dict[str, str]:
    """Return the columns of a table and their types."""
    return {field.name: duckdb_type(field.dataType) for field in schema.fields}


def duckdb_type(kind: DataType) -> str:
    """Return DuckDB's name of a type, or Spark's own where DuckDB has none."""
    from pyspark.sql.types import ArrayType, CharType, DecimalType, MapType, StructType, VarcharType

    if isinstance(kind, ArrayType):
        return f"{duckdb_type(kind.elementType)}[]"
    if isinstance(kind, MapType):
        return f"MAP({duckdb_type(kind.keyType)}, {duckdb_type(kind.valueType)})"
    if isinstance(kind, StructType):
        inner = ", ".join(f"{identifier(name)} {one}" for name, one in columns_of(kind).items())
        return f"STRUCT({inner})"
    if isinstance(kind, DecimalType):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if isinstance(kind, CharType | VarcharType):
        return "VARCHAR"
    name = str(kind.typeName())
    return _NAMES.get(name, name.upper())


def has_no_counterpart(kind: DataType) -> bool:
    """Tell whether a value of a type would arrive otherwise than from DuckDB, as text or not at all."""
    from pyspark.sql.types import ArrayType, DecimalType, MapType, StructType

    if isinstance(kind, ArrayType):
        return has_no_counterpart(kind.elementType)
    if isinstance(kind, MapType):
        return has_no_counterpart(kind.keyType) or has_no_counterpart(kind.valueType)
    if isinstance(kind, StructType):
        return any(has_no_counterpart(field.dataType) for field in kind.fields)
    return not isinstance(kind, DecimalType) and duckdb_type(kind) not in _NAMES.values()
