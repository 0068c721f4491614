"""What channels were told, and are to be told; nothing of it is about a customer."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from zdpipe.model.alert import Alert, Delivery, Kind, Sent, State, Subject, Told
from zdpipe.state.database import transaction
from zdpipe.state.runs import COMPLETE

# So many messages are remembered, and so many runs say what is usual.
_KEPT = 200
_USUAL = 30

_ALL = "SELECT * FROM alerts WHERE channel = ? AND query = ? AND destination = ? AND orchestration = ?"
_REMOVE = "DELETE FROM alerts WHERE channel = ? AND query = ? AND destination = ? AND orchestration = ?"
_INSERT = "INSERT INTO alerts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
# Only what was tried then and is the same still: another process may have told something else meanwhile.
_SAME = (
    " WHERE channel = ? AND query = ? AND destination = ? AND orchestration = ? AND kind = ? AND cause = ?"
    " AND is_over = ? AND tried_at = ?"
)
_PAST = f"""
SELECT seconds FROM runs
WHERE query = ? AND account = ? AND rowid < (SELECT rowid FROM runs WHERE run_id = ?) AND {COMPLETE}
ORDER BY rowid DESC LIMIT {_USUAL}
"""


def claim(
    connection: sqlite3.Connection,
    channels: Collection[str],
    subject: Subject,
    change: Callable[[Mapping[Kind, State]], Collection[State]],
) -> None:
    """Replace each channel's states of a subject by what `change` makes of them; once, it is on disk.

    It is asked for each of the channels, in their order. States of channels that are no more are removed.
    """
    with transaction(connection):
        marks = ", ".join("?" * len(channels))
        connection.execute(f"DELETE FROM alerts WHERE channel NOT IN ({marks})", tuple(channels))
        for channel in channels:
            key = (channel, subject.query, subject.destination, subject.orchestration)
            known = {state.kind: state for state in map(_state, connection.execute(_ALL, key).fetchall())}
            changed = change(known)
            connection.execute(_REMOVE, key)
            connection.executemany(_INSERT, [(*key, *_row(state)) for state in changed])


def settle(connection: sqlite3.Connection, alert: Alert, told: Told, now: datetime) -> None:
    """Write down how telling a channel went.

    What arrived is told; what surely did not is tried again by the next run, all else at growing distances.
    """
    subject = alert.judgement.subject
    with transaction(connection):
        for state in alert.states:
            connection.execute(_settled(state, told) + _SAME, _key(alert, state))
        connection.execute(
            "INSERT INTO alerts_sent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                now.isoformat(),
                alert.channel,
                subject.query,
                subject.destination,
                alert.judgement.run_id,
                json.dumps(list(alert.names)),
                told.delivery,
                told.words,
                subject.orchestration,
            ),
        )
        connection.execute(
            "DELETE FROM alerts_sent WHERE rowid NOT IN"
            f" (SELECT rowid FROM alerts_sent ORDER BY rowid DESC LIMIT {_KEPT})"
        )


def states(connection: sqlite3.Connection) -> list[tuple[str, Subject, State]]:
    """Return every state with its channel and subject, oldest first."""
    rows = connection.execute(
        "SELECT * FROM alerts ORDER BY since, channel, query, orchestration, destination, kind"
    )
    return [(row["channel"], _subject(row), _state(row)) for row in rows.fetchall()]


def messages(connection: sqlite3.Connection, limit: int) -> list[Sent]:
    """Return the newest messages first."""
    rows = connection.execute("SELECT * FROM alerts_sent ORDER BY rowid DESC LIMIT ?", (limit,))
    return [
        Sent(
            datetime.fromisoformat(row["sent_at"]),
            row["channel"],
            _subject(row),
            row["run_id"],
            tuple(json.loads(row["kinds"])),
            Delivery(row["delivery"]),
            row["words"],
        )
        for row in rows.fetchall()
    ]


def past_seconds(connection: sqlite3.Connection, query: str, account: str, run_id: str) -> list[float]:
    """Return how long the last whole runs of a query before a run took, newest first."""
    return [row["seconds"] for row in connection.execute(_PAST, (query, account, run_id)).fetchall()]


def _settled(state: State, told: Told) -> str:
    if told.ok and state.is_over:
        return "DELETE FROM alerts"
    if told.ok:
        return "UPDATE alerts SET is_told = 1, tries = 0, tried_at = NULL"
    return f"UPDATE alerts SET tries = tries - {0 if told.delivery.is_doubtful else 1}"


def _key(alert: Alert, state: State) -> tuple[object, ...]:
    subject = alert.judgement.subject
    tried_at = state.tried_at.isoformat() if state.tried_at else None
    return (
        alert.channel,
        subject.query,
        subject.destination,
        subject.orchestration,
        state.kind,
        state.cause,
        state.is_over,
        tried_at,
    )


def _row(state: State) -> tuple[object, ...]:
    return (
        state.kind,
        state.cause,
        state.since.isoformat(),
        state.run_id,
        state.is_over,
        state.is_told,
        state.tries,
        state.tried_at.isoformat() if state.tried_at else None,
    )


def _subject(row: sqlite3.Row) -> Subject:
    return Subject(row["query"], row["destination"], row["orchestration"])


def _state(row: sqlite3.Row) -> State:
    return State(
        kind=Kind(row["kind"]),
        cause=row["cause"],
        since=datetime.fromisoformat(row["since"]),
        run_id=row["run_id"],
        is_over=bool(row["is_over"]),
        is_told=bool(row["is_told"]),
        tries=row["tries"],
        tried_at=datetime.fromisoformat(row["tried_at"]) if row["tried_at"] else None,
    )
