"""Small tables of given rows as a DuckDB file: a source to try a query on."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from zdpipe.errors import UsageProblem

Row = Mapping[str, Any]
Rows = Sequence[Row]


def write_rows(out: Path, tables: Mapping[str, Rows], types: Mapping[str, Mapping[str, str]]) -> None:
    """Write tables of rows, each row a mapping of column to value; what a row does not name is null.

    `types` are the tables' SQL types as the source has them, column by column. A table that is there and gets
    no rows is empty, unless it is one of another database; one that is not there takes its types from its
    rows. `schema.table` lies in a schema. Raises UsageProblem for rows that do not fit.
    """
    types = {name: columns for name, columns in types.items() if name.count(".") < 2}
    known = {name.casefold(): name for name in types}
    given = {known.get(name.casefold(), name): rows for name, rows in tables.items()}
    with duckdb.connect(out) as connection:
        for name in sorted({*types, *given}):
            _write(connection, name, given.get(name, ()), types.get(name))


def _write(
    connection: duckdb.DuckDBPyConnection, name: str, rows: Rows, types: Mapping[str, str] | None
) -> None:
    try:
        table = _with_schema(connection, name)
        if types is None:
            _create_of(connection, table, name, rows)
        else:
            _create(connection, table, types)
            for number, row in enumerate(rows, 1):
                _insert(connection, table, types, row, f"Row {number} of {name}")
    except (duckdb.Error, pa.ArrowException) as error:
        raise UsageProblem(
            f"The rows of {name} do not fit: {error}",
            "Give values that the table's columns take, the same kind in every row.",
        ) from error


def _with_schema(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """Make the schema of a qualified name and return the name as SQL."""
    *outer, _ = parts = [_quoted(part) for part in name.split(".")]
    if len(outer) > 1:
        raise UsageProblem(
            f"{name} lies in a database of its own, which rows cannot stand for.",
            "Test queries of tables in the source's own database.",
        )
    if outer:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {outer[0]}")
    return ".".join(parts)


def _create(connection: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, str]) -> None:
    columns = ", ".join(f"{_quoted(column)} {kind}" for column, kind in types.items())
    connection.execute(f"CREATE TABLE {table} ({columns})")


def _create_of(connection: duckdb.DuckDBPyConnection, table: str, name: str, rows: Rows) -> None:
    if not rows:
        raise UsageProblem(
            f"Nobody knows the columns of {name}: it has no rows, and schema.json does not have it.",
            "Give it a row, or write schema.json with: zdpipe schema",
        )
    columns = dict.fromkeys(column for row in rows for column in row)
    connection.register("given", pa.table({column: [row.get(column) for row in rows] for column in columns}))
    connection.execute(f"CREATE TABLE {table} AS FROM given")
    connection.unregister("given")


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, str], row: Row, place: str
) -> None:
    columns = list(_columns(types, row, place))
    if not columns:
        connection.execute(f"INSERT INTO {table} DEFAULT VALUES")
        return
    names, marks = ", ".join(map(_quoted, columns)), ", ".join("?" * len(columns))
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))


def _columns(types: Mapping[str, str], row: Row, place: str) -> Iterator[str]:
    known = {column.casefold(): column for column in types}
    for column in row:
        if column.casefold() not in known:
            near = difflib.get_close_matches(column.casefold(), known, n=1)
            guess = f"Did you mean {known[near[0]]}? " if near else ""
            raise UsageProblem(
                f"{place} has a column {column}, and schema.json does not.",
                f"{guess}The table has: {', '.join(types)}.",
            )
        yield known[column.casefold()]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
