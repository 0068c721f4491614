"""What the account has been asked for so far: its tally, and the pace at which users arrived."""

from __future__ import annotations

import sqlite3
from typing import Any

from zdpipe.simulator.jobs import unfinished_jobs

KEPT_SECONDS = 120  # arrivals older than this can no longer share a second with a new one
WRITING = ("POST", "PUT", "PATCH", "DELETE")
SHOWN = (
    "requests", "refused", "writes", "jobs", "users_received", "users_refused", "max_users_in_one_second",
    "users_created", "users_updated", "users_failed", "verification_mails", "first_write_at", "last_write_at",
)  # fmt: skip


def count_request(db: sqlite3.Connection, method: str, at: float, refused: bool) -> None:
    """Count an answered API request; those of a writing method are writes, refused ones included."""
    db.execute("UPDATE tally SET requests = requests + 1, refused = refused + ?", (refused,))
    if method in WRITING:
        db.execute(
            "UPDATE tally SET writes = writes + 1, last_write_at = ?,"
            " first_write_at = coalesce(first_write_at, ?)",
            (at, at),
        )


def count_users(db: sqlite3.Connection, users: int, at: float, accepted: bool) -> None:
    """Count users that a write brought, and the seconds their arrival makes fuller."""
    if users == 0:
        return
    db.execute("DELETE FROM arrivals WHERE at < ?", (at - KEPT_SECONDS,))
    db.execute("INSERT INTO arrivals VALUES (?, ?, ?)", (at, users, accepted))
    db.execute(
        "UPDATE tally SET max_users_in_one_second = max(max_users_in_one_second, ?)", (_fullest(db, at),)
    )
    if not accepted:
        db.execute("UPDATE tally SET users_refused = users_refused + ?", (users,))
        return
    db.execute(
        "UPDATE tally SET users_received = users_received + ?, last_users = ?, last_users_at = ?,"
        " first_users_at = coalesce(first_users_at, ?)",
        (users, users, at, at),
    )


def account_stats(db: sqlite3.Connection, now: float) -> dict[str, Any]:
    """Return the tally as one flat object; times are seconds since 1970.

    `sustained_users_per_second` spans first to last arrival of accepted users and leaves out the last
    arrival's users, who belong to the second after it; null before two arrivals.
    """
    db.row_factory = sqlite3.Row
    try:
        tally = dict(db.execute("SELECT * FROM tally").fetchone())
    finally:
        db.row_factory = None
    return {
        **{name: tally[name] for name in SHOWN},
        "sustained_users_per_second": _sustained(tally),
        "jobs_in_flight": len(unfinished_jobs(db, now)),
        "users": db.execute("SELECT count(*) FROM users WHERE active").fetchone()[0],
    }


def _sustained(tally: dict[str, Any]) -> float | None:
    if tally["first_users_at"] is None or tally["last_users_at"] <= tally["first_users_at"]:
        return None
    seconds: float = tally["last_users_at"] - tally["first_users_at"]
    users: int = tally["users_received"] - tally["last_users"]
    return round(users / seconds, 3)


def _fullest(db: sqlite3.Connection, at: float) -> int:
    """Return the most users in any half-open second [t, t + 1) that holds this arrival.

    It is enough to look at the seconds that end with an arrival.
    Requests are stamped before they take turns, so an arrival may be counted after later ones.
    """
    near: list[tuple[float, int]] = db.execute(
        "SELECT at, users FROM arrivals WHERE at > ? AND at < ? ORDER BY at", (at - 1, at + 1)
    ).fetchall()
    most = inside = first = 0
    for end, users in near:
        inside += users
        while near[first][0] <= end - 1:
            inside -= near[first][1]
            first += 1
        most = max(most, inside)
    return most
