"""The SQLite database of small facts: opened, created, migrated."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import resources
from pathlib import Path

from zdpipe.errors import StateError
from zdpipe.state.folder import touch_private

VERSION = 1
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
    except sqlite3.Error as error:
        connection.close()
        raise _explain(path, error) from error
    except StateError:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Commit everything inside, or nothing; the commit is on disk when this ends."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


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
    version = connection.execute("PRAGMA user_version").fetchone()[0]
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


def _explain(path: Path, error: sqlite3.Error) -> StateError:
    words = str(error)
    if "readonly" in words or "unable to open" in words:
        return StateError(
            f"The state file {path} cannot be written: {words}.",
            "Make the folder and the file writable for you.",
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
