"""The history of runs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from zdpipe.model.run import Counts, Outcome, Stop


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as the state knows it."""

    run_id: str
    query: str
    destination: str
    account: str
    sql: str
    outcome: Outcome
    planned: bool
    started_at: datetime
    finished_at: datetime | None
    counts: Counts
    gone: int
    rejections: Mapping[str, int]
    warnings: Mapping[str, int]
    requests: int
    jobs: int
    sending_seconds: float
    seconds: float
    resumes: str | None
    retries: str | None
    stop: Stop | None


@dataclass(frozen=True, slots=True)
class NewRun:
    """What is known of a run when it starts."""

    run_id: str
    query: str
    destination: str
    account: str
    sql: str
    started_at: datetime
    resumes: str | None = None
    retries: str | None = None


_SELECT = """
SELECT runs.*,
  coalesce(sent.users, 0) AS users, coalesce(sent.settled, 0) AS settled,
  coalesce(sent.created, 0) AS created, coalesce(sent.updated, 0) AS updated,
  coalesce(sent.failed, 0) AS failed,
  (SELECT count(*) FROM jobs WHERE jobs.run_id = runs.run_id) AS jobs
FROM runs LEFT JOIN (
  SELECT run_id, sum(users) AS users, sum(CASE state WHEN 'settled' THEN users ELSE 0 END) AS settled,
    sum(created) AS created, sum(updated) AS updated, sum(failed) AS failed
  FROM batches GROUP BY run_id
) AS sent USING (run_id)
"""


def insert_run(connection: sqlite3.Connection, run: NewRun) -> None:
    """Write a run down before anything is done for it."""
    connection.execute(
        "INSERT INTO runs (run_id, query, destination, account, sql, outcome, started_at, resumes, retries)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run.run_id,
            run.query,
            run.destination,
            run.account,
            run.sql,
            Outcome.RUNNING,
            run.started_at.isoformat(),
            run.resumes,
            run.retries,
        ),
    )


def record_plan(
    connection: sqlite3.Connection,
    run_id: str,
    counts: Counts,
    *,
    gone: int,
    rejections: Mapping[str, int],
    warnings: Mapping[str, int],
) -> None:
    """Write the rows that need no sending down; called in the transaction that makes the batches ready."""
    connection.execute(
        "UPDATE runs SET planned = 1, read = ?, rejected = ?, duplicate = ?, unchanged = ?, gone = ?,"
        " rejections = ?, warnings = ? WHERE run_id = ?",
        (
            counts.read,
            counts.rejected,
            counts.duplicate,
            counts.unchanged,
            gone,
            json.dumps(rejections),
            json.dumps(warnings),
            run_id,
        ),
    )


def reopen_run(connection: sqlite3.Connection, run_id: str) -> None:
    """Mark a stopped run as going again."""
    connection.execute(
        "UPDATE runs SET outcome = ?, finished_at = NULL, stop = NULL WHERE run_id = ?",
        (Outcome.RUNNING, run_id),
    )


def close_run(
    connection: sqlite3.Connection, run_id: str, outcome: Outcome, now: datetime, stop: Stop | None = None
) -> None:
    """Write down how a run ended; a run that may go on keeps no end."""
    ended = outcome in {Outcome.SUCCEEDED, Outcome.PARTIAL, Outcome.SUPERSEDED}
    connection.execute(
        "UPDATE runs SET outcome = ?, finished_at = ?, stop = ? WHERE run_id = ?",
        (outcome, now.isoformat() if ended else None, json.dumps(asdict(stop)) if stop else None, run_id),
    )


def add_effort(
    connection: sqlite3.Connection, run_id: str, *, requests: int, sending_seconds: float, seconds: float
) -> None:
    """Add what a sitting of a run cost: requests made, seconds spent sending and in all."""
    connection.execute(
        "UPDATE runs SET requests = requests + ?, sending_seconds = sending_seconds + ?,"
        " seconds = seconds + ?"
        " WHERE run_id = ?",
        (requests, sending_seconds, seconds, run_id),
    )


def load_run(connection: sqlite3.Connection, run_id: str) -> RunRow | None:
    """Return a run, or None."""
    row = connection.execute(f"{_SELECT} WHERE run_id = ?", (run_id,)).fetchone()
    return _run(row) if row else None


def load_runs(connection: sqlite3.Connection, limit: int = -1) -> list[RunRow]:
    """Return the newest runs first."""
    rows = connection.execute(f"{_SELECT} ORDER BY started_at DESC, run_id DESC LIMIT ?", (limit,)).fetchall()
    return [_run(row) for row in rows]


def unfinished_runs(connection: sqlite3.Connection, account: str | None = None) -> list[RunRow]:
    """Return the runs that could go on, newest first."""
    return [
        run
        for run in load_runs(connection)
        if run.finished_at is None and (account is None or run.account == account)
    ]


def _run(row: sqlite3.Row) -> RunRow:
    return RunRow(
        run_id=row["run_id"],
        query=row["query"],
        destination=row["destination"],
        account=row["account"],
        sql=row["sql"],
        outcome=Outcome(row["outcome"]),
        planned=bool(row["planned"]),
        started_at=datetime.fromisoformat(row["started_at"]),
        finished_at=datetime.fromisoformat(row["finished_at"]) if row["finished_at"] else None,
        counts=_counts(row),
        gone=row["gone"],
        rejections=json.loads(row["rejections"]),
        warnings=json.loads(row["warnings"]),
        requests=row["requests"],
        jobs=row["jobs"],
        sending_seconds=row["sending_seconds"],
        seconds=row["seconds"],
        resumes=row["resumes"],
        retries=row["retries"],
        stop=Stop(**json.loads(row["stop"])) if row["stop"] else None,
    )


def _counts(row: sqlite3.Row) -> Counts:
    return Counts(
        read=row["read"],
        rejected=row["rejected"],
        duplicate=row["duplicate"],
        unchanged=row["unchanged"],
        created=row["created"],
        updated=row["updated"],
        failed=row["failed"],
        pending=row["users"] - row["settled"],
    )
