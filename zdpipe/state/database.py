"""The SQLite database of small facts: opened, created, migrated."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import resources
from pathlib import Path

from zdpipe.durable import made_first
from zdpipe.errors import StateError
from zdpipe.state.folder import touch_private
from zdpipe.state.migrations import MIGRATIONS
from zdpipe.state.sqlite_errors import ExplainedConnection, explained

Connection = sqlite3.Connection
VERSION = max(MIGRATIONS) + 1
_BUSY_SECONDS = 30.0


def open_database(path: Path) -> sqlite3.Connection:
    """Open the state for reading and writing, creating or migrating it first; the caller closes it.

    Raises StateError when the file is damaged, read-only, or was written by a newer zdpipe.
    """
    if not path.exists():
        explained(path, lambda: _create(path))
    connection = explained(path, lambda: _connect(path))
    try:
        _check_version(path, connection)
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Commit everything inside, or nothing; the commit is on disk when this ends.

    Raises StateError where the disk or another process stands in the way.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        # SQLite rolls back by itself when the disk is full or fails (sqlite.org/lang_transaction.html).
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _create(path: Path) -> None:
    script = resources.files("zdpipe.state").joinpath("schema.sql").read_text(encoding="utf-8")
    with made_first(path) as aside:
        touch_private(aside)
        with closing(sqlite3.connect(aside)) as connection:
            connection.executescript(script)
            connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.commit()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=_BUSY_SECONDS, isolation_level=None, factory=ExplainedConnection
    )
    connection.path = path
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except (sqlite3.Error, StateError):
        connection.close()
        raise
    return connection


def _check_version(path: Path, connection: sqlite3.Connection) -> None:
    version = _version(connection)
    if version > VERSION:
        raise StateError(
            f"The state in {path} was written by a newer zdpipe (format {version}, ours is {VERSION}).",
            "Upgrade zdpipe to the version that wrote it.",
            code="state_newer",
        )
    if version < 1:
        raise StateError(
            f"{path} is not a state file of zdpipe.",
            "Move it away; zdpipe then starts with an empty memory and sends everybody once.",
            code="state_damaged",
        )


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring an older file to this version, all or nothing."""
    if _version(connection) == VERSION:
        return
    with transaction(connection):
        # Another process may have done it while this one waited for its turn.
        for version in range(_version(connection), VERSION):
            for statement in MIGRATIONS[version]:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
