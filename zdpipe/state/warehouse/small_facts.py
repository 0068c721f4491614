"""What the database of small facts knows of a run, part by part, for a join with its files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256

import polars as pl

from zdpipe.model.run import Outcome
from zdpipe.state.pace import limits_of
from zdpipe.state.runs import RunRow

# So many rows lie in memory at a time.
_ROWS = 100_000
_TEXT, _NUMBER = pl.String, pl.Int64
Schema = Mapping[str, type[pl.DataType]]
# Statement and columns of each table; times are ISO 8601.
_TABLES: dict[str, tuple[str, Schema]] = {
    "results": (
        "SELECT batch, position, status, zendesk_id, reason, details FROM results WHERE run_id = ?",
        {
            "batch": _NUMBER,
            "position": _NUMBER,
            "status": _TEXT,
            "zendesk_id": _NUMBER,
            "reason": _TEXT,
            "details": _TEXT,
        },
    ),
    "parts": (
        """
        SELECT number, first, users, job_id, CASE WHEN attempts > 0 THEN sent_at END, settled_at
        FROM batches WHERE run_id = ?
        """,
        {
            "number": _NUMBER,
            "first": _NUMBER,
            "users": _NUMBER,
            "job_id": _TEXT,
            "sent_at": _TEXT,
            "settled_at": _TEXT,
        },
    ),
    # A job that was lost or died has its batch by number alone: when and how that ended was another one's.
    "jobs": (
        """
        SELECT jobs.account, jobs.job_id, jobs.batch, jobs.seconds, batches.users, batches.sent_at,
          batches.settled_at, batches.created, batches.updated, batches.failed
        FROM jobs LEFT JOIN batches ON batches.run_id = jobs.run_id AND batches.job_id = jobs.job_id
          AND jobs.batch > 0 AND batches.number = jobs.batch
        WHERE jobs.run_id = ? AND jobs.batch > 0
        UNION ALL
        SELECT jobs.account, jobs.job_id, jobs.batch, jobs.seconds, errands.sent, errands.sent_at,
          errands.settled_at, NULL, NULL, NULL
        FROM jobs LEFT JOIN errands ON errands.run_id = jobs.run_id AND errands.job_id = jobs.job_id
          AND errands.number = -jobs.batch
        WHERE jobs.run_id = ? AND jobs.batch < 0
        """,
        {
            "account": _TEXT,
            "job_id": _TEXT,
            "batch": _NUMBER,
            "seconds": pl.Float64,
            "users": _NUMBER,
            "sent_at": _TEXT,
            "settled_at": _TEXT,
            "created": _NUMBER,
            "updated": _NUMBER,
            "failed": _NUMBER,
        },
    ),
    "errands": (
        "SELECT number, deed, job_id, settled_at FROM errands WHERE run_id = ?",
        {"number": _NUMBER, "deed": _TEXT, "job_id": _TEXT, "settled_at": _TEXT},
    ),
    "fates": (
        "SELECT errand, position, fate, details FROM fates WHERE run_id = ?",
        {"errand": _NUMBER, "position": _NUMBER, "fate": _TEXT, "details": _TEXT},
    ),
}


def run_ids(connection: sqlite3.Connection) -> list[str]:
    """Return every run, oldest first."""
    rows = connection.execute("SELECT run_id FROM runs ORDER BY rowid").fetchall()
    return [row["run_id"] for row in rows]


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Let everything inside see one state of the database, whatever a run writes meanwhile."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def small_facts(connection: sqlite3.Connection, run_id: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield (table, part of its rows) of a run; of each table at least one part, maybe empty."""
    for table, (sql, schema) in _TABLES.items():
        cursor = connection.execute(sql, (run_id,) * sql.count("?"))
        rows = cursor.fetchmany(_ROWS)
        yield table, _frame(rows, schema)
        while rows := cursor.fetchmany(_ROWS):
            yield table, _frame(rows, schema)


def run_facts(connection: sqlite3.Connection, run: RunRow, outcome: Outcome) -> pl.DataFrame:
    """Return the one row of a run, times as ISO 8601."""
    limits = limits_of(connection, run.run_id)
    canary = run.canary
    facts = {
        "run_id": run.run_id,
        "query": run.query,
        "destination": run.destination,
        "account": run.account,
        "outcome": outcome.value,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        **run.counts.as_json(),
        "gone": run.gone,
        "requests": run.requests,
        "jobs": run.jobs,
        "seconds": run.seconds,
        "sending_seconds": run.sending_seconds,
        "users_per_second_limit": limits[-1].users_per_second if limits else None,
        "full_send": run.full,
        "sample": run.sample,
        "canary": canary.people if canary else None,
        "canary_fate": canary.fate.value if canary else None,
        "resumes": run.resumes,
        "retries": run.retries,
        "rolls_back": run.rolls_back,
        "gone_action": run.gone_action.value,
        "closed": run.closed,
        "allowed": ",".join(sorted(run.allowed)) or None,
        "guards": json.dumps([verdict.as_json() for verdict in run.guards]),
        "sql_sha256": sha256(run.sql.encode()).hexdigest(),
        "stop_code": run.stop.code if run.stop else None,
        "stop_message": run.stop.message if run.stop else None,
    }
    return pl.DataFrame([facts])


def _frame(rows: list[sqlite3.Row], schema: Schema) -> pl.DataFrame:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    named = zip(schema.items(), columns, strict=True)
    return pl.DataFrame([pl.Series(name, cells, dtype=kind) for (name, kind), cells in named])
