"""A batch whose results are known, on its way into the known users."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from zdpipe.model.batch import ItemResult


@dataclass(frozen=True, slots=True)
class SettledBatch:
    """What Zendesk acknowledged of a batch, and when."""

    batch: int
    acknowledged_at: datetime
    results: Sequence[ItemResult]


def settled_by(connection: sqlite3.Connection, run_id: str, batch: int) -> datetime | None:
    """Return when, by Zendesk's clock, the last part of a batch was settled at the latest.

    None where that is not known, or nobody knows the run any more.
    """
    row = connection.execute(
        "SELECT max(settled_zendesk) FROM batches WHERE run_id = ? AND number = ?", (run_id, batch)
    ).fetchone()
    return datetime.fromisoformat(row[0]) if row[0] else None
