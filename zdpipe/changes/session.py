"""The DuckDB instance in which one query's rows are compared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa

from zdpipe.changes.columns import Columns
from zdpipe.clock import Clock
from zdpipe.errors import StateError, StateLocked
from zdpipe.model.known import SUSPENDED_MARK, TABLES, kept_column, literal, quoted, send_column, value_column
from zdpipe.model.resources import EXTERNAL, ROOM, Resources, is_interruption

_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.1
_ROWS_A_FRAME = 50_000
# A workspace lives for minutes: compressing its tables takes longer than writing them.
_UNCOMPRESSED = "SET force_compression = 'uncompressed'"
# The rows of everybody are read in hundreds of parts: their file's list of row groups need be read but once.
_ENDINGS_KEPT = "SET parquet_metadata_cache = true"


@dataclass(frozen=True, slots=True)
class Session:
    """An open workspace: the connection, the query's fields, and how payloads are made.

    People of whom something is to be taken back, because they are back in the query `returning_to`, are sent
    whole.
    """

    connection: duckdb.DuckDBPyConnection
    columns: Columns
    skip_verify_email: bool
    full: bool
    makes_primary: bool = False
    returning_to: str | None = None

    def sent_anyway(self, person: str) -> str:
        """Return the condition on a column of keys that they are sent although nothing changed."""
        if self.full or self.returning_to is None:
            return str(self.full).lower()
        return f"{person} IN (FROM returners)"

    def run(self, sql: str) -> None:
        """Execute a statement whose result is of no interest."""
        with failures():
            self.connection.execute(sql)

    def rows(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Return a result that is known to be small."""
        with failures():
            return self.connection.execute(sql, parameters or []).fetchall()

    def one(self, sql: str, parameters: list[Any] | None = None) -> tuple[Any, ...]:
        """Return the only row of a result."""
        (row,) = self.rows(sql, parameters)
        return row

    def stream(self, sql: str, rows: int) -> Iterator[pa.RecordBatch]:
        """Yield a result in parts of about `rows` rows, one empty part where it has none."""
        with failures(), self.connection.sql(sql).to_arrow_reader(rows) as reader:
            part = None
            for part in reader:
                yield part
            if part is None:
                yield pa.RecordBatch.from_pylist([], schema=reader.schema)

    def frames(self, sql: str) -> Iterator[pl.DataFrame]:
        """Yield a result as frames, one empty frame where it has no rows."""
        for part in self.stream(sql, _ROWS_A_FRAME):
            yield pl.DataFrame(pl.from_arrow(part))

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Append rows to a table, by the order of its columns."""
        self.connection.register("frame", frame.to_arrow())
        try:
            self.run(f"INSERT INTO {table} FROM frame")
        finally:
            self.connection.unregister("frame")

    @contextmanager
    def beside(self) -> Iterator[Session]:
        """Give a second way into the same workspace, to write its tables while a result is read.

        It knows no temporary views.
        """
        with self.connection.cursor() as cursor:
            cursor.execute("USE work")  # a cursor starts in the instance's own empty database
            yield replace(self, connection=cursor)


def connect(workspace: Path, resources: Resources) -> duckdb.DuckDBPyConnection:
    """Open an instance with an empty workspace file of the owner's alone; an old file is thrown away."""
    workspace.unlink(missing_ok=True)
    connection = duckdb.connect(":memory:", config=resources.as_config())
    for statement in (*resources.first_statements(), EXTERNAL, _UNCOMPRESSED, _ENDINGS_KEPT):
        connection.execute(statement)
    # What the workspace holds can always be computed anew, so nothing of it is worth a write-ahead log.
    connection.execute(f"ATTACH {literal(str(workspace))} AS work (RECOVERY_MODE no_wal_writes)")
    workspace.chmod(0o600)
    connection.execute("USE work")
    return connection


def attach_known(connection: duckdb.DuckDBPyConnection, known: Path | None, clock: Clock) -> None:
    """Attach the known users read-only as `known`, or empty tables in their place."""
    if known is None:
        connection.execute("ATTACH ':memory:' AS known")
        for table, columns in TABLES.items():
            connection.execute(f"CREATE TABLE known.{table} ({columns})")
        return
    deadline = clock.monotonic() + _PATIENCE_SECONDS
    while not _try_attach(connection, known, last=clock.monotonic() >= deadline):
        clock.sleep(_PAUSE_SECONDS)


def view_known(session: Session) -> None:
    """Make the views `known_users`, with the known value of each field of the query, and `known_emails`.

    `known_people` tells who is who in Zendesk, `known_marks` what is to be taken back of people who return,
    and `returners` of whom, where they are in the query's rows.
    """
    session.run(known_users_sql(session))
    session.run(known_emails_sql())
    _view_people(session)
    session.run(known_marks_sql())
    query = literal(session.returning_to or "")
    session.run(
        "CREATE TEMP VIEW returners AS SELECT key FROM known_marks"
        f" WHERE mark = {literal(SUSPENDED_MARK)} OR query = {query}"
    )


def known_users_sql(session: Session, key: str = "key", join: str = "") -> str:
    """Return the statement that makes `known_users`: null where no value is known.

    What of a field is others', where the account decides what is sent, has `kept_` before its column. `key`
    is an expression over `there`, the known users, and what they are joined with. For each field
    `own_` and the name of its column tells whether zdpipe sent the value, `send_` with which send it came.
    """
    there = {
        name
        for (name,) in session.rows(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = 'known' AND table_name = 'users'"
        )
    }
    values = [
        f", {_if_there(value_column(name), there) or 'NULL::VARCHAR'} AS {slot},"
        f" coalesce({_if_there(send_column(name), there) or 'NULL'} > 0, false) AS own_{slot},"
        f" {_if_there(send_column(name), there) or 'NULL::INTEGER'} AS send_{slot}"
        for name, slot in session.columns
    ]
    values += [
        f", {quoted(kept_column(name)) if kept_column(name) in there else 'NULL::VARCHAR'} AS kept_{slot}"
        for name, slot in session.columns.asking
    ]
    return (
        "CREATE OR REPLACE TEMP VIEW known_users AS"
        f" SELECT {key} AS key, external_id, zendesk_id, primary_email{''.join(values)}"
        f" FROM known.users AS there {join}"
    )


def known_emails_sql(key: str = "key", join: str = "") -> str:
    """Return the statement that makes `known_emails`, `key` being as in `known_users_sql`."""
    return (
        "CREATE OR REPLACE TEMP VIEW known_emails AS"
        f" SELECT {key} AS key, email FROM known.emails AS there {join}"
    )


def known_marks_sql(key: str = "there.key", join: str = "") -> str:
    """Return the statement that makes `known_marks`, `key` being as in `known_users_sql`."""
    return (
        f"CREATE OR REPLACE TEMP VIEW known_marks AS SELECT {key} AS key, mark, detail, query,"
        f" people.zendesk_id FROM marks AS there {join}"
        " LEFT JOIN known_people AS people ON people.key = there.key"
    )


def _if_there(column: str, there: set[str]) -> str:
    return quoted(column) if column in there else ""


def _view_people(session: Session) -> None:
    """Make views of what files of an older format lack in part."""
    (births,) = session.one(
        "SELECT count(*) FROM duckdb_columns()"
        " WHERE database_name = 'known' AND table_name = 'users' AND column_name = 'created_id'"
    )
    born = "created_id" if births else "NULL::BIGINT AS created_id"
    session.run(
        f"CREATE TEMP VIEW known_people AS SELECT key, external_id, zendesk_id, {born} FROM known.users"
    )
    (marks,) = session.one(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'known' AND table_name = 'marks'"
    )
    if not marks:
        session.run(f"CREATE TABLE no_marks ({TABLES['marks']})")
    session.run(f"CREATE TEMP VIEW marks AS FROM {'known.marks' if marks else 'no_marks'}")


@contextmanager
def failures(file: Path | None = None) -> Iterator[None]:
    """Raise StateError for what disk and memory cannot do, whether DuckDB, Arrow or the system says so.

    `file` is what is being written, where the error itself does not name it.
    """
    try:
        yield
    except (duckdb.InterruptException, RuntimeError) as error:
        if is_interruption(error):
            raise KeyboardInterrupt from None
        raise
    except (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException, OSError) as error:
        raise StateError(
            f"Comparing with the known users failed{f' while writing {file}' if file else ''}: {error}",
            f"Nothing was sent. {ROOM}.",
            code="workspace",
        ) from error


def _try_attach(connection: duckdb.DuckDBPyConnection, known: Path, *, last: bool) -> bool:
    try:
        connection.execute(f"ATTACH {literal(str(known))} AS known (READ_ONLY)")
    except duckdb.Error as error:
        # A merge holds the file for moments only (DuckDB allows one writer or many readers).
        if "lock" not in str(error) and not isinstance(error, duckdb.ResourceInUseException):
            raise StateError(
                f"The known users in {known} cannot be read: {error}",
                "Restore the file, or move it away: the next run then sends everybody once.",
                code="known_users_damaged",
            ) from error
        if last:
            raise StateLocked(
                f"The known users in {known} are being written to by another process.",
                "Wait until it has ended, and try again.",
            ) from error
        return False
    return True
