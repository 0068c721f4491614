"""The tables as a schema of a DuckDB file, which may have others beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from zdpipe.clock import Clock
from zdpipe.durable import made_first
from zdpipe.errors import UsageProblem
from zdpipe.model.known import literal, quoted
from zdpipe.model.warehouse import TABLES, Mark
from zdpipe.state.warehouse.shelf import explained, with_patience

SCHEMA = "zdpipe"
_ALIAS = "warehouse"
_PLACE = f"{_ALIAS}.{SCHEMA}"
_MARKS = f"{_PLACE}.exports"
_CREATE = f"""
CREATE TABLE IF NOT EXISTS {_MARKS} (
  run_id VARCHAR, print VARCHAR, format INTEGER, show_pii BOOLEAN, exported_at TIMESTAMP WITH TIME ZONE
)
"""


class DuckDBFile:
    """An attached file; a run is one transaction, so nobody ever reads a part of one."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def marks(self) -> dict[str, Mark]:
        """Return what is there of which runs."""
        with explained(self._path):
            rows = self._connection.execute(
                f"SELECT run_id, print, format, show_pii FROM {_MARKS}"
            ).fetchall()
        return {run_id: Mark(*mark) for run_id, *mark in rows}

    def put(self, run_id: str, mark: Mark, selects: Mapping[str, str], now: datetime) -> dict[str, int]:
        """Put the rows of a run in place of those that are there."""
        execute = self._connection.execute
        with explained(self._path):
            execute("BEGIN")
            try:
                written = {
                    table: self._replace(f"{_PLACE}.{table}", run_id, select)
                    for table, select in selects.items()
                }
                execute(f"DELETE FROM {_MARKS} WHERE run_id = ?", [run_id])
                values = [run_id, mark.print, mark.format, mark.show_pii, now]
                execute(f"INSERT INTO {_MARKS} VALUES (?, ?, ?, ?, ?)", values)
            except BaseException:
                execute("ROLLBACK")
                raise
            execute("COMMIT")
        return written

    def _replace(self, table: str, run_id: str, select: str) -> int:
        self._connection.execute(f"DELETE FROM {table} WHERE run_id = ?", [run_id])
        ((rows,),) = self._connection.execute(f"INSERT INTO {table} {select}").fetchall()
        return int(rows)


@contextmanager
def duckdb_file(connection: duckdb.DuckDBPyConnection, path: Path, clock: Clock) -> Iterator[DuckDBFile]:
    """Attach a file, made for its owner alone where there is none; other processes are waited for a minute.

    Raises StateLocked, and UsageProblem for what is no DuckDB file or cannot be written.
    """
    with explained(path):
        _create_when_missing(path)
    with_patience(lambda: _attached(connection, path), clock, path)
    with explained(path):
        _create_tables(connection, path)
    yield DuckDBFile(connection, path)
    with explained(path):
        connection.execute(f"DETACH {_ALIAS}")


def _attached(connection: duckdb.DuckDBPyConnection, path: Path) -> bool | None:
    try:
        connection.execute(f"ATTACH {literal(str(path))} AS {_ALIAS}")
    except duckdb.Error as error:
        if "Could not set lock" in str(error):
            return None
        raise UsageProblem(
            f"{path} cannot be opened: {error}", "Name a DuckDB file, or a new one.", code="export"
        ) from error
    return True


def _create_when_missing(path: Path) -> None:
    if not path.exists():
        with made_first(path) as aside:  # for its owner alone by the workspace's umask
            duckdb.connect(aside).close()


def _create_tables(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_PLACE}")
    connection.execute(_CREATE)
    for table, columns in TABLES.items():
        listed = ", ".join(f"{quoted(column.name)} {column.kind}" for column in columns)
        connection.execute(f"CREATE TABLE IF NOT EXISTS {_PLACE}.{table} ({listed})")
        there = [name for name, *_ in connection.execute(f"DESCRIBE {_PLACE}.{table}").fetchall()]
        if there != [column.name for column in columns]:
            raise UsageProblem(
                f"{path} has a table {SCHEMA}.{table} that is none of zdpipe's, or of another version's.",
                "Name another file, or rename that schema.",
                code="export_format",
            )
