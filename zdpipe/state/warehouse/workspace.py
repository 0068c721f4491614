"""A DuckDB instance in memory that joins one run's small facts with its files."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import polars as pl

from zdpipe.errors import StateError
from zdpipe.model.known import literal
from zdpipe.model.resources import Resources
from zdpipe.model.run import Outcome
from zdpipe.model.warehouse import TABLES
from zdpipe.state.run_files import columns_of
from zdpipe.state.runs import RunRow
from zdpipe.state.warehouse.selects import SALT, left_out, nothing_of, select_of
from zdpipe.state.warehouse.small_facts import run_facts, small_facts

# Which files of a run hold the people of a table.
_FILES = {
    "outcomes": ("outbox",),
    "rejections": ("rejects",),
    "warnings": ("warnings", "conflicts"),
    "gone": ("errands",),
}
# These have a file wherever the database has rows of theirs.
_NEEDED = {"outcomes": "SELECT EXISTS (FROM parts)", "gone": "SELECT EXISTS (FROM errands)"}


class Workspace:
    """One run at a time: its small facts as tables, its files as they are."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def load(self, small: sqlite3.Connection, run: RunRow, outcome: Outcome) -> None:
        """Take what the database of small facts knows of a run, in place of the run before."""
        seen: set[str] = set()
        _take(self.connection, "run", run_facts(small, run, outcome), seen)
        for table, rows in small_facts(small, run.run_id):
            _take(self.connection, table, rows, seen)

    def selects(self, folder: Path, run: RunRow, *, show_pii: bool) -> tuple[dict[str, str], str]:
        """Return the statement for each table of the run that is loaded, and why some of them have no rows.

        Where files of the run are gone or damaged nobody can tell any more who was in it.
        """
        try:
            rows, why = _rows(self.connection, folder, run), ""
        except StateError as error:
            rows, why = {}, error.message
        return _selects(run, rows, show_pii=show_pii), why

    def bare_selects(self, run: RunRow, *, show_pii: bool) -> dict[str, str]:
        """Return the statements for a run whose files nobody can read."""
        return _selects(run, {}, show_pii=show_pii)

    def unreadable(self, selects: Mapping[str, str]) -> str:
        """Return why not everything can be read that statements are about; empty where it can."""
        for table, select in selects.items():
            try:
                self.connection.execute(f"SELECT sum(hash(rows)) FROM ({select}) AS rows").fetchall()
            except duckdb.Error as error:
                return f"The files behind its {table} cannot be read: {error}"
        return ""


@contextmanager
def open_workspace(resources: Resources, secret: str) -> Iterator[Workspace]:
    """Open an instance of our own; what does not fit into memory goes to the resources' folder."""
    with _private(), closing(duckdb.connect(":memory:", config=resources.as_config())) as connection:
        for statement in (*resources.first_statements(), "SET TimeZone = 'UTC'"):
            connection.execute(statement)
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"SET VARIABLE {SALT} = {literal(secret)}")
        yield Workspace(connection)


@contextmanager
def _private() -> Iterator[None]:
    """Let nobody but the owner read what DuckDB creates: beside a file of its own lies a log for a while."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _selects(run: RunRow, rows: dict[str, str], *, show_pii: bool) -> dict[str, str]:
    known = rows | {"runs": "", "jobs": ""}
    return {
        table: select_of(table, run.run_id, known[table], show_pii=show_pii)
        if table in known
        else nothing_of(table)
        for table in TABLES
    }


def _rows(connection: duckdb.DuckDBPyConnection, folder: Path, run: RunRow) -> dict[str, str]:
    """Return where the rows of tables with people are read from; files of an unplanned run are half made."""
    found: dict[str, str] = {}
    for table, names in _FILES.items() if run.planned else ():
        paths = {path: columns_of(path) for name in names if (path := folder / f"{name}.parquet").exists()}
        if paths:
            is_left_out = table in {"rejections", "warnings"}
            found[table] = left_out(paths) if is_left_out else literal(str(next(iter(paths))))
        elif table in _NEEDED and connection.execute(_NEEDED[table]).fetchall()[0][0]:
            raise StateError(f"The files of run {run.run_id} are gone.", code="files_gone")
    return found


def _take(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame, seen: set[str]) -> None:
    connection.register("part", rows.to_arrow())
    try:
        if table in seen:
            connection.execute(f"INSERT INTO {table} FROM part")
        else:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS FROM part")
    finally:
        connection.unregister("part")
    seen.add(table)
