"""What became of single user objects of a run, and with which batch."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from zdpipe.model.batch import BatchState, ItemResult, ItemStatus
from zdpipe.model.reasons import Failure

_FATE = """
SELECT batches.state, batches.job_id, batches.attempts, batches.was_unsure, batches.sent_at,
  batches.settled_at, results.status, results.zendesk_id, results.reason, results.details
FROM batches LEFT JOIN results
  ON results.run_id = batches.run_id AND results.batch = batches.number AND results.position = :position
WHERE batches.run_id = :run AND batches.number = :batch
  AND :position >= batches.first AND :position < batches.first + batches.users
"""


@dataclass(frozen=True, slots=True)
class Fate:
    """The batch of a user object, or the part that holds the object, and Zendesk's result if there is one.

    `sent_at` is when it left last. An object that was held back because its person's own row failed was in no
    job, whatever its batch did.
    """

    state: BatchState
    job_id: str | None
    attempts: int
    was_unsure: bool
    sent_at: datetime | None
    settled_at: datetime | None
    result: ItemResult | None


def fate_of(connection: sqlite3.Connection, run_id: str, batch: int, position: int) -> Fate | None:
    """Return what became of the object at a place of a run's outbox; None for a place without a batch."""
    row = connection.execute(_FATE, {"run": run_id, "batch": batch, "position": position}).fetchone()
    if row is None:
        return None
    result = _result(row, position)
    held_back = result is not None and result.reason == Failure.LEAD_FAILED
    return Fate(
        state=BatchState(row["state"]),
        job_id=None if held_back else row["job_id"],
        attempts=row["attempts"],
        was_unsure=bool(row["was_unsure"]),
        sent_at=None if held_back else _time(row["sent_at"]),
        settled_at=_time(row["settled_at"]),
        result=result,
    )


def _result(row: sqlite3.Row, position: int) -> ItemResult | None:
    if row["status"] is None:
        return None
    status = ItemStatus(row["status"])
    return ItemResult(position, status, row["zendesk_id"], row["reason"], row["details"])


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
