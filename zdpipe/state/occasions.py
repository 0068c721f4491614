"""The history of orchestrations: a row each time that one was run, or passed over."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime

from zdpipe.model.orchestration import Ending, Occasion
from zdpipe.model.run import Stop
from zdpipe.state.database import transaction

# The times before the last occasion began, and while it was going, are done with.
_LAST = "SELECT * FROM occasions WHERE name = ? AND ending <> ? ORDER BY number DESC LIMIT 1"
_LAST_SKIPPED = "SELECT * FROM occasions WHERE name = ? AND ending = ? ORDER BY number DESC LIMIT 1"

# So many occasions say what is usual. All times are of one zone, so their texts have their order.
_USUAL = 30
_THROUGH_BEFORE = """
SELECT started_at, finished_at FROM occasions
WHERE name = ? AND started_at < ? AND times_resumed = 0 AND ending IN (?, ?)
ORDER BY number DESC LIMIT ?
"""
_REMOVE = """
DELETE FROM occasions WHERE ending <> ?
  AND number NOT IN (SELECT occasion FROM runs WHERE occasion IS NOT NULL)
  AND number NOT IN (
    SELECT number FROM (
      SELECT number, row_number() OVER (PARTITION BY name, ending = ? ORDER BY number DESC) AS turn
      FROM occasions
    ) WHERE turn <= ?
  )
"""


def begin_occasion(
    connection: sqlite3.Connection,
    name: str,
    due_at: datetime | None,
    now: datetime,
    schedule: str | None = None,
) -> int:
    """Write down that an orchestration is begun, on what schedule, and return the occasion's number.

    Those of its occasions that were never brought to an end are superseded.
    """
    with transaction(connection):
        connection.execute(
            "UPDATE occasions SET ending = ? WHERE name = ? AND ending IN (?, ?)",
            (Ending.SUPERSEDED, name, Ending.RUNNING, Ending.INTERRUPTED),
        )
        return _insert(connection, name, Ending.RUNNING, due_at, now, schedule)


def record_skipped(connection: sqlite3.Connection, name: str, due_at: datetime | None, now: datetime) -> None:
    """Write down that an orchestration was due while it was still going."""
    with transaction(connection):
        number = _insert(connection, name, Ending.SKIPPED, due_at, now)
        connection.execute("UPDATE occasions SET finished_at = started_at WHERE number = ?", (number,))


def reopen_occasion(connection: sqlite3.Connection, number: int) -> None:
    """Mark an occasion as going again, once more resumed."""
    with transaction(connection):
        connection.execute(
            "UPDATE occasions SET ending = ?, finished_at = NULL, times_resumed = times_resumed + 1"
            " WHERE number = ?",
            (Ending.RUNNING, number),
        )


def end_occasion(
    connection: sqlite3.Connection,
    number: int,
    ending: Ending,
    now: datetime,
    *,
    overlapped: int = 0,
    errors: Mapping[str, Stop] | None = None,
) -> None:
    """Write down how an occasion ended, and why queries of it began no run."""
    words = json.dumps({query: asdict(stop) for query, stop in (errors or {}).items()})
    with transaction(connection):
        connection.execute(
            "UPDATE occasions SET ending = ?, finished_at = ?, overlapped = overlapped + ?, errors = ?"
            " WHERE number = ?",
            (ending, now.isoformat(), overlapped, words, number),
        )


def interrupt_occasions(connection: sqlite3.Connection, name: str) -> None:
    """Write down that occasions which count as going lost their process: whoever calls holds the lock."""
    with transaction(connection):
        connection.execute(
            "UPDATE occasions SET ending = ? WHERE name = ? AND ending = ?",
            (Ending.INTERRUPTED, name, Ending.RUNNING),
        )


def last_occasion(connection: sqlite3.Connection, name: str) -> Occasion | None:
    """Return the newest occasion on which an orchestration was begun."""
    row = connection.execute(_LAST, (name, Ending.SKIPPED)).fetchone()
    return _occasion(row) if row else None


def last_skipped(connection: sqlite3.Connection, name: str) -> Occasion | None:
    """Return the newest occasion on which it was due and still going."""
    row = connection.execute(_LAST_SKIPPED, (name, Ending.SKIPPED)).fetchone()
    return _occasion(row) if row else None


def load_occasion(connection: sqlite3.Connection, number: int) -> Occasion:
    """Return an occasion that is there."""
    return _occasion(connection.execute("SELECT * FROM occasions WHERE number = ?", (number,)).fetchone())


def runs_of(connection: sqlite3.Connection, number: int) -> dict[str, str]:
    """Return the newest run of each query that belongs to an occasion."""
    rows = connection.execute(
        "SELECT query, run_id FROM runs WHERE occasion = ? ORDER BY rowid", (number,)
    ).fetchall()
    return {row["query"]: row["run_id"] for row in rows}


def seconds_before(connection: sqlite3.Connection, name: str, started_at: datetime) -> list[float]:
    """Return how long the last occasions before one took that were through at once, newest first."""
    rows = connection.execute(
        _THROUGH_BEFORE, (name, started_at.isoformat(), Ending.SUCCEEDED, Ending.PARTIAL, _USUAL)
    ).fetchall()
    times = ((datetime.fromisoformat(row["started_at"]), _time(row["finished_at"])) for row in rows)
    return [(ended - begun).total_seconds() for begun, ended in times if ended is not None]


def remove_occasions(connection: sqlite3.Connection, keep: int) -> None:
    """Remove all but the newest `keep` occasions of each orchestration; those that have runs left stay."""
    with transaction(connection):
        connection.execute(_REMOVE, (Ending.RUNNING, Ending.SKIPPED, keep))


def _insert(
    connection: sqlite3.Connection,
    name: str,
    ending: Ending,
    due_at: datetime | None,
    now: datetime,
    schedule: str | None = None,
) -> int:
    due = due_at.astimezone(UTC).isoformat() if due_at else None
    cursor = connection.execute(
        "INSERT INTO occasions (name, ending, due_at, started_at, schedule) VALUES (?, ?, ?, ?, ?)",
        (name, ending, due, now.isoformat(), schedule),
    )
    return int(cursor.lastrowid or 0)


def _occasion(row: sqlite3.Row) -> Occasion:
    return Occasion(
        number=row["number"],
        name=row["name"],
        ending=Ending(row["ending"]),
        started_at=datetime.fromisoformat(row["started_at"]),
        finished_at=_time(row["finished_at"]),
        due_at=_time(row["due_at"]),
        resumes=row["times_resumed"],
        overlapped=row["overlapped"],
        schedule=row["schedule"],
        errors={query: Stop(**stop) for query, stop in json.loads(row["errors"]).items()},
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
