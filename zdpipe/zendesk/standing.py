"""What answers taught of an account's limits, kept for all processes of the machine and for the next ones."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from zdpipe.zendesk.failures import LONGEST_OBEYED
from zdpipe.zendesk.headers import Budget

# Zendesk counts requests by the minute (rate limits page).
MINUTE = 60.0
# Processes read the clock a moment before they write; a time further ahead tells of a clock set back.
_AHEAD = 1.0
# Of a request whose answer nobody saw it is assumed that it arrived within so many seconds.
_UNSEEN_ARRIVES_WITHIN = 1.0
_BUSY_SECONDS = 30.0
_TABLE = """
CREATE TABLE IF NOT EXISTS standing (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  requests_per_minute INTEGER,
  remaining INTEGER,       -- of them, until resets_at; every time is in seconds since 1970
  resets_at REAL,
  paused_from REAL NOT NULL DEFAULT 0,
  paused_until REAL NOT NULL DEFAULT 0,
  wrote_at REAL NOT NULL DEFAULT 0,     -- when the last request with users left
  answered_at REAL NOT NULL DEFAULT 0   -- when the last such request was answered
) STRICT
"""


class Standing:
    """One row in the file of the limits; times come in as seconds since 1970, by this machine's clock."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute(_TABLE)
            self._db.execute("INSERT OR IGNORE INTO standing (only_row) VALUES (1)")
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def check(self) -> str:
        """Look through the whole file, permits included; "ok" where nothing is broken."""
        self._row("requests_per_minute, remaining, resets_at")
        self._row("paused_from, paused_until, wrote_at, answered_at")
        return str(self._db.execute("PRAGMA quick_check").fetchone()[0])

    def requests_per_minute(self) -> int | None:
        """Return the account's limit as an answer last gave it; None before any did."""
        (limit,) = self._row("requests_per_minute")
        return None if limit is None else int(limit)

    @staticmethod
    def told(connection: sqlite3.Connection) -> int | None:
        """Return the same from a file that somebody opened to read it."""
        row = connection.execute("SELECT requests_per_minute FROM standing").fetchone()
        return int(row[0]) if row and row[0] is not None else None

    def learn(self, budget: Budget, now: float) -> None:
        """Adopt what an answer says: others may use the account too, so its count goes before ours."""
        if budget.limit:
            self._db.execute("UPDATE standing SET requests_per_minute = ?", (budget.limit,))
        if budget.remaining is not None and budget.reset:
            # Of answers that speak of the same minute the smallest counts: they may overtake each other.
            self._db.execute(
                "UPDATE standing SET resets_at = ?1, remaining ="
                " CASE WHEN abs(resets_at - ?1) <= 1.5 THEN min(remaining, ?2) ELSE ?2 END",
                (now + min(budget.reset, MINUTE), budget.remaining),
            )

    def wait(self, now: float) -> float:
        """Return the seconds until Zendesk takes requests again, 0 when it does."""
        remaining, resets_at, since, until = self._row("remaining, resets_at, paused_from, paused_until")
        if since > now + _AHEAD:
            # The clock was set back: the pause lasts as long as it was meant to from here on.
            since, until = now, now + until - since
            self._db.execute("UPDATE standing SET paused_from = ?, paused_until = ?", (since, until))
        paused = max(0.0, min(until, since + LONGEST_OBEYED) - now)
        if remaining is None or remaining > 0 or not 0 < resets_at - now <= MINUTE + _AHEAD:
            return paused
        return max(paused, resets_at - now)

    def spend(self) -> None:
        """Count one request of those that are left."""
        self._db.execute("UPDATE standing SET remaining = max(0, remaining - 1) WHERE remaining IS NOT NULL")

    def pause(self, now: float, seconds: float) -> None:
        """Let nobody send for that long."""
        self._db.execute(
            "UPDATE standing SET paused_from = ?1, paused_until = ?2 WHERE paused_until < ?2",
            (now, now + seconds),
        )

    def wrote(self, now: float) -> None:
        """Note that users leave now."""
        self._db.execute("UPDATE standing SET wrote_at = ?", (now,))

    def answered(self, now: float) -> None:
        """Note that the users who left were answered, or given up."""
        self._db.execute("UPDATE standing SET answered_at = ?", (now,))

    def last_arrival(self) -> float:
        """Return when the last users sent from this machine reached Zendesk at the latest."""
        wrote_at, answered_at = self._row("wrote_at, answered_at")
        unseen = wrote_at + _UNSEEN_ARRIVES_WITHIN if wrote_at > answered_at else 0.0
        return max(float(answered_at), unseen)

    def _row(self, columns: str) -> tuple[float, ...]:
        row: tuple[float, ...] = self._db.execute(f"SELECT {columns} FROM standing").fetchone()
        return row
