"""Job slots that other programs of the account hold for a while."""

from __future__ import annotations

import sqlite3


def add_tenants(db: sqlite3.Connection, jobs: int, until: float) -> None:
    """Let others hold so many slots more, until a time in seconds since 1970."""
    db.execute("INSERT INTO tenants VALUES (?, ?)", (until, jobs))


def tenant_jobs(db: sqlite3.Connection, now: float) -> list[str]:
    """Return the ids of the jobs that others have in their slots now."""
    rows = db.execute("SELECT rowid, jobs FROM tenants WHERE until > ? ORDER BY rowid", (now,))
    return [f"V3-{tenant:016x}{n:016x}" for tenant, jobs in rows for n in range(jobs)]
