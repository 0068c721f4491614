"""When the users of a run left, when their outcome was known, and how fast they might leave."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from zdpipe.model.pace import Limit, Sent
from zdpipe.state.database import transaction

# What is done to people who are gone is under the same limit.
_SENT = """
SELECT users, sent_at, settled_at FROM batches WHERE run_id = :run AND sent_at IS NOT NULL AND attempts > 0
UNION ALL
SELECT sent, sent_at, settled_at FROM errands WHERE run_id = :run AND sent_at IS NOT NULL AND attempts > 0
ORDER BY sent_at
"""


def record_limit(connection: sqlite3.Connection, run_id: str, limit: Limit) -> None:
    """Write down how fast a sitting of a run may send, unless the one before might send as fast."""
    limits = limits_of(connection, run_id)
    if limits and limits[-1].users_per_second == limit.users_per_second:
        return
    written = [(each.since.isoformat(), each.users_per_second) for each in (*limits, limit)]
    with transaction(connection):
        connection.execute("UPDATE runs SET paces = ? WHERE run_id = ?", (json.dumps(written), run_id))


def limits_of(connection: sqlite3.Connection, run_id: str) -> list[Limit]:
    """Return how fast a run might send since when, oldest first; runs of older versions do not tell."""
    row = connection.execute("SELECT paces FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    written = json.loads(row["paces"]) if row else []
    return [Limit(datetime.fromisoformat(since), users) for since, users in written]


def sent_of(connection: sqlite3.Connection, run_id: str) -> list[Sent]:
    """Return what left in a run, each batch when it left last, in that order."""
    rows = connection.execute(_SENT, {"run": run_id}).fetchall()
    return [
        Sent(
            row["users"],
            datetime.fromisoformat(row["sent_at"]),
            datetime.fromisoformat(row["settled_at"]) if row["settled_at"] else None,
        )
        for row in rows
    ]
