"""The SQLite database of small facts: opened, created, migrated."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import resources
from pathlib import Path

from zdpipe.durable import sync_folder
from zdpipe.errors import StateError
from zdpipe.state.folder import touch_private
from zdpipe.state.migrations import MIGRATIONS

Connection = sqlite3.Connection
VERSION = max(MIGRATIONS) + 1
_BUSY_SECONDS = 30.0


def open_database(path: Path) -> sqlite3.Connection:
    """Open the state for reading and writing, creating or migrating it first; the caller closes it.

    Raises StateError when the file is damaged, read-only, or was written by a newer zdpipe.
    """
    try:
        if not path.exists():
            _create(path)
        connection = _connect(path)
    except sqlite3.Error as error:
        raise _explain(path, error) from error
    try:
        _check_version(path, connection)
        _migrate(connection)
    except sqlite3.Error as error:
        connection.close()
        raise _explain(path, error) from error
    except StateError:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Commit everything inside, or nothing; the commit is on disk when this ends.

    Raises StateError where the disk or another process stands in the way.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        raise _explain(_path_of(connection), error) from error
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException as error:
        # SQLite rolls back by itself when the disk is full or fails (sqlite.org/lang_transaction.html).
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if isinstance(error, sqlite3.OperationalError):
            raise _explain(_path_of(connection), error) from error
        raise


def _path_of(connection: sqlite3.Connection) -> Path:
    return Path(connection.execute("PRAGMA database_list").fetchone()["file"])


def _create(path: Path) -> None:
    # Built aside and moved into place: a stop in between leaves no half-made state.
    aside = path.with_name(f"{path.name}.{os.getpid()}.new")
    aside.unlink(missing_ok=True)
    touch_private(aside)
    script = resources.files("zdpipe.state").joinpath("schema.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(aside)) as connection:
        connection.executescript(script)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.commit()
    try:
        os.link(aside, path)
    except FileExistsError:
        pass  # another process was faster; its file is as good as ours
    finally:
        aside.unlink()
    sync_folder(path.parent)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error:
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


def _explain(path: Path, error: sqlite3.Error) -> StateError:
    words = str(error)
    if "readonly" in words or "unable to open" in words:
        return StateError(
            f"The state file {path} cannot be written: {words}.",
            "Make the folder and the file writable for you.",
        )
    if "full" in words or "I/O" in words:
        return StateError(
            f"The state file {path} cannot be written: {words}.",
            "Free some space on its disk; what was recorded so far is safe.",
        )
    if "locked" in words or "busy" in words:
        return StateError(
            f"The state file {path} is busy: {words}.",
            "Wait until the other zdpipe command has ended.",
            code="locked",
        )
    return StateError(
        f"The state file {path} cannot be read: {words}.",
        "Put it back from a backup, or move it away; zdpipe then sends everybody once.",
        code="state_damaged",
    )
