"""How long an account's jobs take."""

from __future__ import annotations

import sqlite3

_MEDIAN = """
SELECT seconds FROM jobs WHERE account = :account AND seconds IS NOT NULL
ORDER BY seconds
LIMIT 1 OFFSET (SELECT count(seconds) / 2 FROM jobs WHERE account = :account)
"""


def typical_job(connection: sqlite3.Connection, account: str) -> float | None:
    """Return the median of the seconds that jobs of an account took, None before one was seen to its end."""
    row = connection.execute(_MEDIAN, {"account": account}).fetchone()
    return float(row["seconds"]) if row else None
