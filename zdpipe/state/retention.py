"""Old runs in the database: which may go, how they go, and the room they leave."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from zdpipe.model.pruned import Held
from zdpipe.state.database import transaction
from zdpipe.state.runs import COMPLETE

# A batch waits for its merge as BatchStore.unmerged has it: once it is settled in all its parts.
# Runs without a plan, from before one with a plan, count last: there are many where an account let nobody in
# for a weekend.
_OLD = f"""
SELECT run_id,
  run_id IN (
    SELECT coalesce(retries, rolls_back) FROM runs
    WHERE finished_at IS NULL AND coalesce(retries, rolls_back) IS NOT NULL
  ) AS retried,
  run_id IN (
    SELECT run_id FROM (
      SELECT run_id, row_number() OVER (PARTITION BY query, account ORDER BY rowid DESC) AS turn FROM runs
      WHERE {COMPLETE}
    ) WHERE turn = 1
  ) AS last_complete,
  EXISTS (
    SELECT 1 FROM batches WHERE batches.run_id = finished.run_id AND merged = 0
    GROUP BY number HAVING min(state = 'settled')
  ) OR EXISTS (
    SELECT 1 FROM errands WHERE errands.run_id = finished.run_id AND merged = 0 AND state = 'settled'
  ) AS not_merged
FROM (
  SELECT run_id, begun, row_number() OVER (
    PARTITION BY query, account ORDER BY was_turned_away, begun DESC
  ) AS turn
  FROM (
    SELECT run_id, query, account, rowid AS begun,
      planned = 0 AND rowid < max(rowid * planned) OVER (PARTITION BY query, account) AS was_turned_away
    FROM runs WHERE account = :account AND finished_at IS NOT NULL
  )
) AS finished
WHERE turn > :keep ORDER BY begun
"""
_REMOVALS = (
    "DELETE FROM results WHERE run_id = ?",
    "DELETE FROM batches WHERE run_id = ?",
    "DELETE FROM fates WHERE run_id = ?",
    "DELETE FROM errands WHERE run_id = ?",
    "DELETE FROM runs WHERE run_id = ?",
)
# How long a lost job of the account would take is learned from its slowest one.
_FORGET_JOBS = """
DELETE FROM jobs WHERE run_id NOT IN (SELECT run_id FROM runs) AND (account, job_id) NOT IN (
  SELECT account, job_id FROM (
    SELECT account, job_id, row_number() OVER (PARTITION BY account ORDER BY seconds DESC, job_id) AS turn
    FROM jobs WHERE seconds IS NOT NULL
  ) WHERE turn = 1
)
"""


@dataclass(frozen=True)
class OldRuns:
    """The finished runs beyond those to keep, oldest first: those that may go, and those that are held."""

    removable: Sequence[str] = ()
    held: Mapping[str, Held] = field(default_factory=dict)


def old_runs(connection: sqlite3.Connection, account: str, keep: int) -> OldRuns:
    """Look which finished runs of an account are not among the newest `keep` of their query."""
    removable, held = [], {}
    for row in connection.execute(_OLD, {"account": account, "keep": keep}).fetchall():
        reason = next((reason for reason in Held if row[reason.value]), None)
        if reason is None:
            removable.append(row["run_id"])
        else:
            held[row["run_id"]] = reason
    return OldRuns(removable, held)


def remove_run(connection: sqlite3.Connection, run_id: str) -> None:
    """Remove everything about a run but the jobs it made."""
    with transaction(connection):
        for statement in _REMOVALS:
            connection.execute(statement, (run_id,))


def remove_jobs(connection: sqlite3.Connection) -> None:
    """Remove the jobs of runs that are no more, but the slowest of each account."""
    with transaction(connection):
        connection.execute(_FORGET_JOBS)


def accounts_of(connection: sqlite3.Connection) -> list[str]:
    """Return the accounts that runs went to."""
    rows = connection.execute("SELECT DISTINCT account FROM runs ORDER BY account").fetchall()
    return [row["account"] for row in rows]


def all_runs(connection: sqlite3.Connection) -> dict[str, bool]:
    """Return every run's id, and whether it has ended."""
    rows = connection.execute("SELECT run_id, finished_at IS NOT NULL AS ended FROM runs").fetchall()
    return {row["run_id"]: bool(row["ended"]) for row in rows}


def oldest_start(connection: sqlite3.Connection) -> str | None:
    """Return when the oldest run that is still there was begun, as ISO 8601, None without any run."""
    return connection.execute(  # type: ignore[no-any-return]  # sqlite3 rows are untyped
        "SELECT min(started_at) FROM runs"
    ).fetchone()[0]


def free_share(connection: sqlite3.Connection) -> float:
    """Return which share of the database's pages holds nothing."""
    free, pages = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_count")
    )
    return free / pages if pages else 0.0


def give_back(connection: sqlite3.Connection) -> bool:
    """Rebuild the file without what was deleted, and empty its log; False where a reader keeps the log.

    It needs as much room beside for a while as the file takes.
    """
    connection.execute("VACUUM")
    (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
