"""The moves of batches; each is one transaction, durable when the function returns."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from zdpipe.errors import StateError
from zdpipe.model.batch import MOVES, Batch, BatchState, ItemResult, ItemStatus
from zdpipe.model.run import Effort
from zdpipe.state.database import transaction
from zdpipe.state.failing import IS_FAILED, REASON
from zdpipe.state.runs import count_effort
from zdpipe.state.settled import SettledBatch

# `state <> 'settled'` would read every batch of the run; named one by one, the states use the index.
_UNSETTLED = "'ready', 'sending', 'accepted', 'unsure'"
_COUNT_LEFT = f"SELECT count(*) FROM batches WHERE run_id = :run AND state IN ({_UNSETTLED})"
_ANY_LEFT = f"""
SELECT EXISTS (SELECT 1 FROM batches WHERE run_id = :run AND state IN ({_UNSETTLED}) AND number <= :up_to)
"""
_LARGEST_LEFT = f"SELECT coalesce(max(users), 0) FROM batches WHERE run_id = :run AND state IN ({_UNSETTLED})"
_NEXT_READY = """
SELECT * FROM batches WHERE run_id = :run AND state = 'ready' AND number <= :up_to AND after < (
  SELECT min(number) FROM (
    SELECT min(number) AS number FROM batches WHERE run_id = :run AND state = 'ready'
    UNION ALL SELECT min(number) FROM batches WHERE run_id = :run AND state = 'sending'
    UNION ALL SELECT min(number) FROM batches WHERE run_id = :run AND state = 'accepted'
    UNION ALL SELECT min(number) FROM batches WHERE run_id = :run AND state = 'unsure'
  )
)
ORDER BY number, first LIMIT 1
"""
# Above every batch's number.
EVERY_BATCH = 2**31
# Runs that were over before this one began cannot have created anybody since; there may be many of them.
# SQLite takes cross joins in the order they are written in, and would begin with all results otherwise.
_CREATED_BY_OTHERS = """
SELECT DISTINCT results.zendesk_id
FROM runs AS mine
CROSS JOIN runs ON runs.account = mine.account AND runs.run_id <> mine.run_id
  AND (runs.rowid > mine.rowid OR runs.finished_at IS NULL OR runs.finished_at >= mine.started_at)
CROSS JOIN batches ON batches.run_id = runs.run_id AND batches.created > 0
CROSS JOIN results ON results.run_id = batches.run_id AND results.batch = batches.number
WHERE mine.run_id = :run AND results.status = 'created'
  AND results.zendesk_id IN (SELECT value FROM json_each(:users))
"""
# A sending that was surely not taken is as if it had never been.
_NOT_TAKEN = "attempts = attempts - 1, first_sent_at = CASE WHEN attempts > 1 THEN first_sent_at END"


class BatchStore:
    """The batches of one run."""

    def __init__(self, connection: sqlite3.Connection, run_id: str, account: str) -> None:
        self._connection = connection
        self.run_id = run_id
        self.account = account

    def enqueue(self, batches: Iterable[Batch]) -> None:
        """Insert batches as ready; the caller's transaction also records the plan."""
        self._connection.executemany(
            "INSERT INTO batches (run_id, number, users, after, state) VALUES (?, ?, ?, ?, ?)",
            ((self.run_id, batch.number, batch.users, batch.after, BatchState.READY) for batch in batches),
        )

    def load(self, *states: BatchState) -> list[Batch]:
        """Return the batches in any of the given states, in order of their numbers."""
        marks = ", ".join("?" * len(states))
        rows = self._connection.execute(
            f"SELECT * FROM batches WHERE run_id = ? AND state IN ({marks}) ORDER BY number, first",
            (self.run_id, *states),
        ).fetchall()
        return [_batch(row) for row in rows]

    def sent_before(self) -> list[Batch]:
        """Return the ready batches of which an earlier sending may have arrived."""
        rows = self._connection.execute(
            "SELECT * FROM batches WHERE run_id = ? AND state = 'ready' AND attempts > 0"
            " ORDER BY number, first",
            (self.run_id,),
        ).fetchall()
        return [_batch(row) for row in rows]

    def attempted(self) -> list[Batch]:
        """Return the batches, or parts of them, that were ever sent, or may have been."""
        rows = self._connection.execute(
            "SELECT * FROM batches WHERE run_id = ? AND (attempts > 0 OR state <> 'ready')"
            " ORDER BY number, first",
            (self.run_id,),
        ).fetchall()
        return [_batch(row) for row in rows]

    def get(self, number: int, first: int = 0) -> Batch:
        """Return one batch, or the part of it that begins at a position."""
        row = self._connection.execute(
            "SELECT * FROM batches WHERE run_id = ? AND number = ? AND first = ?",
            (self.run_id, number, first),
        ).fetchone()
        return _batch(row)

    def next_ready(self, up_to: int = EVERY_BATCH) -> Batch | None:
        """Return the first ready batch whose forerunners are all settled, of all or those up to a number."""
        row = self._connection.execute(_NEXT_READY, {"run": self.run_id, "up_to": up_to}).fetchone()
        return _batch(row) if row else None

    def left(self) -> int:
        """Return how many batches are not settled."""
        return int(self._connection.execute(_COUNT_LEFT, {"run": self.run_id}).fetchone()[0])

    def any_left(self, up_to: int = EVERY_BATCH) -> bool:
        """Tell whether a batch is not settled, of all or those up to a number, without counting them."""
        about = {"run": self.run_id, "up_to": up_to}
        return bool(self._connection.execute(_ANY_LEFT, about).fetchone()[0])

    def largest_left(self) -> int:
        """Return the users of the largest batch that is not settled, 0 when none is left."""
        return int(self._connection.execute(_LARGEST_LEFT, {"run": self.run_id}).fetchone()[0])

    def mark_sending(
        self, batch: Batch, sent_at: datetime, zendesk_time: datetime | None, effort: Effort | None = None
    ) -> None:
        """Record, before the request leaves, that it may leave, and what the run cost so far."""
        with transaction(self._connection):
            self._update(
                batch,
                BatchState.SENDING,
                "attempts = attempts + 1, sent_at = ?, first_sent_at = coalesce(first_sent_at, ?),"
                " job_id = NULL",
                (sent_at.isoformat(), zendesk_time.isoformat() if zendesk_time else None),
            )
            count_effort(self._connection, self.run_id, effort or Effort())

    def mark_accepted(self, batch: Batch, job_id: str) -> None:
        """Record the job that holds the batch now."""
        with transaction(self._connection):
            self._update(
                batch, BatchState.ACCEPTED, "job_id = ?, times_accepted = times_accepted + 1", (job_id,)
            )
            self._connection.execute(
                "INSERT OR IGNORE INTO jobs (account, job_id, run_id, batch) VALUES (?, ?, ?, ?)",
                (self.account, job_id, self.run_id, batch.number),
            )

    def mark_ready(self, batch: Batch) -> None:
        """Record that nothing of the batch was taken, or that it may be sent again.

        A sending that was surely not taken is as if it had never been.
        """
        also = {
            BatchState.SENDING: _NOT_TAKEN,
            # A job that Zendesk gave up may have written some of its users first.
            BatchState.ACCEPTED: "was_unsure = 1, job_id = NULL",
        }
        self._move(batch, BatchState.READY, also.get(batch.state, "job_id = NULL"), ())

    def split(self, batch: Batch, position: int) -> None:
        """Make two ready parts of a batch that was refused whole; the second begins at a position.

        What is known of earlier sendings holds for both.
        """
        if not batch.first < position < batch.first + batch.users:
            raise StateError(f"Batch {batch.number} cannot be split at {position}.", code="batch_move")
        with transaction(self._connection):
            self._update(batch, BatchState.READY, f"users = ?, {_NOT_TAKEN}", (position - batch.first,))
            self._connection.execute(
                "INSERT INTO batches"
                " (run_id, number, first, users, after, state, attempts, times_accepted, was_unsure,"
                " first_sent_at, sent_at)"
                " SELECT run_id, number, ?, ?, after, state, attempts, times_accepted, was_unsure,"
                " first_sent_at, sent_at"
                " FROM batches WHERE run_id = ? AND number = ? AND first = ?",
                (position, batch.first + batch.users - position, self.run_id, *batch.key),
            )

    def mark_unsure(self, batch: Batch) -> None:
        """Record that the batch may have been taken and nobody knows."""
        self._move(batch, BatchState.UNSURE, "was_unsure = 1", ())

    def settle(
        self,
        batch: Batch,
        results: Sequence[ItemResult],
        now: datetime,
        job_seconds: float | None = None,
        zendesk_time: datetime | None = None,
    ) -> None:
        """Record what became of every user of a batch, in one transaction with its last move.

        `job_seconds` is how long its job took, where that was seen from beginning to end. No user was written
        by it after `zendesk_time`, by Zendesk's own clock.
        """
        tally = Counter(result.status for result in results)
        with transaction(self._connection):
            self._update(
                batch,
                BatchState.SETTLED,
                "settled_at = ?, settled_zendesk = ?, created = ?, updated = ?, failed = ?",
                (
                    now.isoformat(),
                    zendesk_time.isoformat() if zendesk_time else None,
                    tally[ItemStatus.CREATED],
                    tally[ItemStatus.UPDATED],
                    tally[ItemStatus.FAILED],
                ),
            )
            self._connection.executemany(
                "INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        self.run_id,
                        batch.number,
                        item.position,
                        item.status,
                        item.zendesk_id,
                        item.reason,
                        item.details,
                    )
                    for item in results
                ),
            )
            if job_seconds is not None:
                self._connection.execute(
                    "UPDATE jobs SET seconds = ? WHERE account = ? AND job_id = ?",
                    (job_seconds, self.account, batch.job_id),
                )

    def results(self, batch: int) -> list[ItemResult]:
        """Return what became of a batch's users, by position."""
        rows = self._connection.execute(
            "SELECT * FROM results WHERE run_id = ? AND batch = ? ORDER BY position", (self.run_id, batch)
        ).fetchall()
        return [_result(row) for row in rows]

    def created_by_others(self, zendesk_ids: Collection[int]) -> set[int]:
        """Return those of some users whom another run of the account counts as created.

        Runs that had ended before this one began are not looked into.
        """
        if not zendesk_ids:
            return set()
        rows = self._connection.execute(
            _CREATED_BY_OTHERS, {"run": self.run_id, "users": json.dumps(sorted(zendesk_ids))}
        ).fetchall()
        return {row["zendesk_id"] for row in rows}

    def failures(self, limit: int = -1) -> Iterator[tuple[int, ItemResult]]:
        """Yield (batch, result) of the users Zendesk refused."""
        rows = self._connection.execute(
            f"SELECT * FROM results WHERE run_id = ? AND {IS_FAILED} ORDER BY batch, position LIMIT ?",
            (self.run_id, limit),
        )
        for row in rows:
            yield row["batch"], _result(row)

    def failure_counts(self) -> dict[str, int]:
        """Return how many users failed by reason code."""
        rows = self._connection.execute(
            f"SELECT {REASON} AS reason, count(*) AS users FROM results"
            f" WHERE run_id = ? AND {IS_FAILED} GROUP BY 1 ORDER BY 2 DESC, 1",
            (self.run_id,),
        ).fetchall()
        return {row["reason"]: row["users"] for row in rows}

    def unmerged(self) -> Iterator[SettledBatch]:
        """Yield the batches that are settled in all their parts and that the known users do not hold yet."""
        rows = self._connection.execute(
            "SELECT number, max(settled_at) AS settled_at FROM batches WHERE run_id = ? AND merged = 0"
            " GROUP BY number HAVING min(state = 'settled') ORDER BY number",
            (self.run_id,),
        ).fetchall()
        for row in rows:
            yield SettledBatch(
                batch=row["number"],
                acknowledged_at=datetime.fromisoformat(row["settled_at"]),
                results=self.results(row["number"]),
            )

    def mark_merged(self, numbers: Sequence[int]) -> None:
        """Record that the known users hold these batches."""
        with transaction(self._connection):
            self._connection.executemany(
                "UPDATE batches SET merged = 1 WHERE run_id = ? AND number = ?",
                ((self.run_id, number) for number in numbers),
            )

    def slowest_job(self) -> float | None:
        """Return how many seconds the account's slowest job took as far as we saw, or None."""
        return self._connection.execute(  # type: ignore[no-any-return]  # sqlite3 rows are untyped
            "SELECT max(seconds) FROM jobs WHERE account = ?", (self.account,)
        ).fetchone()[0]

    def _move(self, batch: Batch, to: BatchState, also: str, values: tuple[object, ...]) -> None:
        with transaction(self._connection):
            self._update(batch, to, also, values)

    def _update(self, batch: Batch, to: BatchState, also: str, values: tuple[object, ...]) -> None:
        if (batch.state, to) not in MOVES:
            raise StateError(f"Batch {batch.number} cannot go from {batch.state} to {to}.", code="batch_move")
        changed = self._connection.execute(
            f"UPDATE batches SET state = ?, {also}"
            " WHERE run_id = ? AND number = ? AND first = ? AND state = ?",
            (to, *values, self.run_id, *batch.key, batch.state),
        ).rowcount
        if changed != 1:
            raise StateError(f"Batch {batch.number} is no longer {batch.state}.", code="batch_move")


def _batch(row: sqlite3.Row) -> Batch:
    return Batch(
        number=row["number"],
        users=row["users"],
        state=BatchState(row["state"]),
        after=row["after"],
        job_id=row["job_id"],
        attempts=row["attempts"],
        times_accepted=row["times_accepted"],
        was_unsure=bool(row["was_unsure"]),
        first_sent_at=_time(row["first_sent_at"]),
        sent_at=_time(row["sent_at"]),
        first=row["first"],
    )


def _result(row: sqlite3.Row) -> ItemResult:
    return ItemResult(
        row["position"], ItemStatus(row["status"]), row["zendesk_id"], row["reason"], row["details"]
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
