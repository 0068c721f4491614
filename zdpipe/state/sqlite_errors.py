"""What SQLite refuses, told with its cure, wherever it comes up: opening, writing, or reading row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from zdpipe.errors import StateError

T = TypeVar("T")
# Primary result codes (sqlite.org/rescode.html), which the lower byte of extended ones repeats.
_DENIED = {sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH}
_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
# A schema that lacks what ours has: statements of ours are right, so the file is not.
_LACKING = ("no such table", "no such column", "has no column", "malformed")


class ExplainedConnection(sqlite3.Connection):
    """A connection whose statements and cursors raise StateError for what the file or its disk refuses.

    A wrong statement stays what it is: a bug.
    """

    path = Path()

    def cursor(self, factory: Any = None) -> Any:  # the standard library's own type depends on the factory
        """Return a cursor that explains itself."""
        return super().cursor(factory or ExplainedCursor)

    # SQLite's module makes a plain cursor for these, whatever `cursor` returns.
    def execute(self, sql: str, parameters: Any = (), /) -> ExplainedCursor:
        """Execute a statement."""
        cursor: ExplainedCursor = self.cursor()
        return cursor.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> ExplainedCursor:
        """Execute a statement for each of the parameters."""
        cursor: ExplainedCursor = self.cursor()
        return cursor.executemany(sql, parameters)

    def commit(self) -> None:
        """Commit."""
        explained(self.path, super().commit)


class ExplainedCursor(sqlite3.Cursor):
    """A cursor of ExplainedConnection."""

    def execute(self, sql: str, parameters: Any = (), /) -> ExplainedCursor:
        """Execute a statement."""
        explained(self._path, lambda: super(ExplainedCursor, self).execute(sql, parameters))
        return self

    def executemany(self, sql: str, parameters: Any, /) -> ExplainedCursor:
        """Execute a statement for each of the parameters."""
        explained(self._path, lambda: super(ExplainedCursor, self).executemany(sql, parameters))
        return self

    def fetchone(self) -> Any:
        """Return the next row or None."""
        return explained(self._path, super().fetchone)

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""
        return explained(self._path, super().fetchall)

    def __next__(self) -> Any:
        return explained(self._path, super().__next__)

    @property
    def _path(self) -> Path:
        return getattr(self.connection, "path", Path())


def explained(path: Path, act: Callable[[], T]) -> T:
    """Do something with the file and raise StateError for what the file or its disk refuses."""
    try:
        return act()
    except sqlite3.DatabaseError as error:
        if (refused := explain(path, error)) is None:
            raise
        raise refused from error


def explain(path: Path, error: sqlite3.Error) -> StateError | None:
    """Return what is wrong with the file and its cure; None for a statement that is wrong."""
    words = str(error)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _DENIED:
        cure = "Make the folder and the file writable for you."
        return StateError(f"The state file {path} cannot be written: {words}.", cure)
    if code in _NO_ROOM:
        cure = "Free some space on its disk; what was recorded so far is safe."
        return StateError(f"The state file {path} cannot be written: {words}.", cure)
    if code in _BUSY:
        cure = "Wait until the other zdpipe command has ended."
        return StateError(f"The state file {path} is busy: {words}.", cure, code="locked")
    if code in _DAMAGED or any(lack in words for lack in _LACKING):
        cure = "Put it back from a backup, or move it away; zdpipe then sends everybody once."
        return StateError(f"The state file {path} cannot be read: {words}.", cure, code="state_damaged")
    return None
