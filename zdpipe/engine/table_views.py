"""The files of `[source] tables` as temporary views, once they are known to have the same columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from zdpipe.engine.complaints import files_error
from zdpipe.engine.table_files import TableFiles, identifier, literal
from zdpipe.errors import ProjectError

Columns = Mapping[str, str]

_TAKEN = """
SELECT lower(name) FROM (
  SELECT database_name, schema_name, table_name AS name FROM duckdb_tables()
  UNION ALL SELECT database_name, schema_name, view_name FROM duckdb_views() WHERE NOT internal
)
WHERE database_name IN (current_database(), 'temp') AND schema_name = 'main'
"""
# One file for each way in which the columns of Parquet files differ; its footers are all that is read.
_DISTINCT_LAYOUTS = """
SELECT min(file_name) FROM (
  SELECT file_name, list(
    concat_ws(' ', name, type, converted_type, logical_type, scale, precision, num_children) ORDER BY ALL
  ) AS layout
  FROM parquet_schema([{files}]) GROUP BY file_name
) GROUP BY layout ORDER BY 1
"""


def create_views(con: duckdb.DuckDBPyConnection, tables: Sequence[TableFiles]) -> None:
    """Make each table's files readable under its name.

    Columns go by their names. Where files differ in a column's type, it gets the one that holds all values.
    Raises ProjectError where a name is taken, or where a file cannot be read or lacks a column of another.
    """
    taken = {name for (name,) in con.execute(_TAKEN).fetchall()}
    for table in tables:
        if table.name.lower() in taken:
            raise ProjectError(
                f'Table "{table.name}" is in the database and under [source] tables too.',
                "Rename it under [source] tables in zdpipe.toml.",
            )
        try:
            con.execute(_view(table, alike=_are_alike(con, table)))
        except duckdb.Error as error:
            raise files_error(table.name, table.files, str(error)) from None


def _view(table: TableFiles, *, alike: bool) -> str:
    options = "" if alike else ", union_by_name = true"
    options += f", hive_partitioning = {'true' if table.partitions else 'false'}"
    return f"CREATE TEMP VIEW {identifier(table.name)} AS SELECT * FROM {_read(table, table.files, options)}"


def _read(table: TableFiles, files: Sequence[Path], options: str) -> str:
    return f"{table.reader}([{_listed(files)}]{options})"


def _listed(files: Sequence[Path]) -> str:
    return ", ".join(literal(str(path)) for path in files)


def _are_alike(con: duckdb.DuckDBPyConnection, table: TableFiles) -> bool:
    """Tell whether the files have the same columns to the letter; raise where one lacks a column of another.

    DuckDB itself takes the columns of the first file: it drops what others have besides, and rounds 1.7 to 2
    where the first one has whole numbers (tried with DuckDB 2.0).
    """
    _refuse_empty(table)
    if len(table.files) == 1:
        return True
    chosen = _of_each_layout(con, table)
    first, *others = [(file, _columns(con, table, file)) for file in chosen]
    for other in others:
        _refuse_difference(table, first, other)
    return all(list(first[1].items()) == list(columns.items()) for _, columns in others)


def _refuse_empty(table: TableFiles) -> None:
    empty = next((file for file in table.files if file.stat().st_size == 0), None)
    if empty is not None:
        raise ProjectError(
            f'{empty}, a file of table "{table.name}", is empty; not even column names are in it.',
            "Write it anew, or move it away.",
        )


def _of_each_layout(con: duckdb.DuckDBPyConnection, table: TableFiles) -> list[Path]:
    if table.reader != "read_parquet":
        return list(table.files)
    rows = con.execute(_DISTINCT_LAYOUTS.format(files=_listed(table.files))).fetchall()
    return [Path(name) for (name,) in rows]


def _columns(con: duckdb.DuckDBPyConnection, table: TableFiles, file: Path) -> Columns:
    source = _read(table, [file], ", hive_partitioning = false")
    rows = con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    return {name: kind for name, kind, *_ in rows}


def _refuse_difference(table: TableFiles, first: tuple[Path, Columns], other: tuple[Path, Columns]) -> None:
    lacks, has = _besides(first[1], other[1]), _besides(other[1], first[1])
    if lacks or has:
        parts = [f"lacks {lacks}"] * bool(lacks) + [f"has {has} besides"] * bool(has)
        raise ProjectError(
            f'The files of table "{table.name}" do not have the same columns: beside {first[0]}, '
            f"{other[0]} {' and '.join(parts)}.",
            f"Give them the same columns, or make the table in [source] setup with {table.reader} and "
            "union_by_name = true, which leaves null what a file lacks; docs/sources.md tells how.",
        )


def _besides(columns: Columns, others: Columns) -> str:
    known = {name.casefold() for name in others}
    return ", ".join(name for name in columns if name.casefold() not in known)
