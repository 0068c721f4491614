"""The account on disk: one SQLite file that several threads and processes share."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import RLock

from zdpipe.simulator.schema import FORMAT, script_from

FIRST_USER_ID = 32_149_000_000_001  # recent accounts have user ids of 13 or 14 digits
FIRST_IDENTITY_ID = 32_150_000_000_001
FIRST_FIELD_ID = 32_151_000_000_001


class NotAnAccount(ValueError):
    """Raised when a file cannot be made or opened, or is not the state of a simulated account of this
    format.
    """


class Account:
    """A simulated account's storage; `path` None keeps it in memory, for as long as this object lives.

    A file is in WAL mode with synchronous=NORMAL: a committed answer survives `kill -9` of the process,
    though perhaps not a power failure, and costs no fsync. Every transaction is immediate, so threads and
    processes take turns.
    """

    def __init__(self, path: Path | None = None, busy_seconds: float = 30.0) -> None:
        self._lock = RLock()
        try:
            if path is not None and not path.exists():
                _create_file(path)
            self._db = _connect(":memory:" if path is None else path, busy_seconds)
        except (OSError, sqlite3.Error) as error:
            raise NotAnAccount(f"{path} cannot be opened as a simulated account: {error}") from error
        self._check_format(path)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the account alone; commit at the end, or undo everything when an exception passes."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # SQLite itself undoes some of those that fail
                    self._db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the storage; closing twice is harmless."""
        with self._lock:
            self._db.close()

    def _check_format(self, path: Path | None) -> None:
        try:
            if path is None or path.stat().st_size == 0:
                _create_tables(self._db)
            self._db.execute("SELECT requests FROM tally")  # another program may number its files alike
            found = _upgraded(self._db)
        except sqlite3.DatabaseError:
            found = None
        if found != FORMAT:
            self._db.close()
            raise NotAnAccount(f"{path} does not hold a simulated account of this version")


def _connect(target: Path | str, busy_seconds: float) -> sqlite3.Connection:
    db = sqlite3.connect(target, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA synchronous=NORMAL")
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def _create_tables(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode=WAL")
    db.executescript(f"BEGIN IMMEDIATE; {script_from(0)} COMMIT;")


def _format_of(db: sqlite3.Connection) -> int:
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    return found


def _upgraded(db: sqlite3.Connection) -> int:
    """Bring an older file to this format in one transaction; return the format it then has."""
    found = _format_of(db)
    if 1 <= found < FORMAT:
        try:
            db.executescript(f"BEGIN IMMEDIATE; {script_from(found)} COMMIT;")
        except sqlite3.OperationalError:  # another process was faster, as the format tells
            if db.in_transaction:
                db.execute("ROLLBACK")
    return _format_of(db)


def _create_file(path: Path) -> None:
    """Build the file aside and link it into place, so that nobody ever sees half an account; the first
    builder wins.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        prefix=f".{path.name}.", dir=path.parent
    )  # 0600: it will hold personal data
    os.close(handle)
    draft = Path(name)
    try:
        with closing(_connect(draft, 30.0)) as db:
            _create_tables(db)
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink()
