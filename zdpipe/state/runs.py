"""The history of runs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from zdpipe.model.canary import Canary, Fate
from zdpipe.model.gone import GoneAction
from zdpipe.model.guard import Guard, Verdict
from zdpipe.model.run import Counts, Effort, Outcome, Retried, Stop
from zdpipe.state.database import transaction


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as the state knows it; `attribute_tables` are the texts that its query stood on, by path.

    `orchestration` is the name of the one that began it; `is_on_program` says that it was not begun again.
    """

    run_id: str
    query: str
    destination: str
    account: str
    sql: str
    full: bool
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
    resumes: int
    retries: str | None
    stop: Stop | None
    retried: Retried | None = None
    allowed: frozenset[Guard] = frozenset()
    guards: tuple[Verdict, ...] = ()
    seal: str | None = None
    sample: int | None = None
    canary: Canary | None = None
    attribute_tables: Mapping[str, str] = field(default_factory=dict)
    remembers: bool = False
    rolls_back: str | None = None
    suspends: bool = False
    identity: str | None = None
    gone_action: GoneAction = GoneAction.REPORT
    closed: bool = False
    orchestration: str | None = None
    is_on_program: bool = False


@dataclass(frozen=True, slots=True)
class NewRun:
    """What is known of a run when it starts."""

    run_id: str
    query: str
    destination: str
    account: str
    sql: str
    started_at: datetime
    full: bool = False
    retries: str | None = None
    allowed: frozenset[Guard] = frozenset()
    seal: str | None = None
    sample: int | None = None
    canary: int | None = None
    remembers: bool = False
    rolls_back: str | None = None
    suspends: bool = False
    occasion: int | None = None


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What is known of a run once it is planned; `pending` in the counts are the rows to be sent.

    `ahead` are the people of its canary, and their batches, `attribute_tables` the texts that the query stood
    on, by path.
    """

    counts: Counts
    gone: int
    rejections: Mapping[str, int]
    warnings: Mapping[str, int]
    retried: Retried | None = None
    guards: tuple[Verdict, ...] = ()
    ahead: tuple[int, int] = (0, 0)
    attribute_tables: Mapping[str, str] = field(default_factory=dict)
    identity: str | None = None
    gone_action: GoneAction = GoneAction.REPORT


# The runs are chosen first, so that only their batches are added up.
_SELECT = """
SELECT runs.*,
  coalesce(sum(batches.users), 0) AS users,
  coalesce(sum(batches.users) FILTER (WHERE batches.state = 'settled'), 0) AS settled,
  coalesce(sum(batches.created), 0) AS created,
  coalesce(sum(batches.updated), 0) AS updated,
  coalesce(sum(batches.failed), 0) AS failed,
  (SELECT count(*) FROM jobs WHERE jobs.run_id = runs.run_id) AS jobs,
  (SELECT name FROM occasions WHERE number = runs.occasion) AS orchestration,
  NOT EXISTS (
    SELECT 1 FROM occasions AS later JOIN occasions AS own USING (name)
    WHERE own.number = runs.occasion AND later.number > own.number AND later.ending <> 'skipped'
  ) AS is_on_program
FROM ({chosen}) AS runs LEFT JOIN batches USING (run_id)
GROUP BY runs.run_id
"""
_ONE = _SELECT.format(chosen="SELECT * FROM runs WHERE run_id = ?")
# In the order they were begun in, whatever the clock said then.
_NEWEST = "ORDER BY begun DESC"
_LATEST = _SELECT.format(chosen=f"SELECT *, rowid AS begun FROM runs {_NEWEST} LIMIT ?") + _NEWEST
# Runs of a part of the people say nothing about all of them, and one without rows nothing at all.
# What later runs compare themselves with.
COMPLETE = (
    f"outcome IN ('{Outcome.SUCCEEDED}', '{Outcome.PARTIAL}')"
    " AND retries IS NULL AND sample IS NULL AND rolls_back IS NULL AND read > 0"
)
_BEFORE = _SELECT.format(
    chosen="SELECT *, rowid AS begun FROM runs"
    f" WHERE query = ? AND account = ? AND {COMPLETE} {_NEWEST} LIMIT 1"
)
# With a canary nobody asks who is gone.
_LAST_TOLD = _SELECT.format(
    chosen="SELECT *, rowid AS begun FROM runs"
    f" WHERE query = ? AND account = ? AND {COMPLETE} AND canary IS NULL {_NEWEST} LIMIT 1"
)
_UNFINISHED = _SELECT.format(chosen="SELECT *, rowid AS begun FROM runs WHERE finished_at IS NULL") + _NEWEST


def insert_run(connection: sqlite3.Connection, run: NewRun, supersedes: Sequence[str] = ()) -> None:
    """Write a run down before anything is done for it, and at the same moment close those it supersedes.

    In between, a killed process would leave no run to go on with.
    """
    started_at = run.started_at.isoformat()
    with transaction(connection):
        connection.executemany(
            "UPDATE runs SET outcome = ?, finished_at = ?, stop = NULL WHERE run_id = ?",
            [(Outcome.SUPERSEDED, started_at, run_id) for run_id in supersedes],
        )
        connection.execute(
            "INSERT INTO runs (run_id, query, destination, account, sql, outcome, started_at, wants_full,"
            " retries, allowed, seal, sample, canary, remembers, rolls_back, suspends, occasion)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                run.run_id,
                run.query,
                run.destination,
                run.account,
                run.sql,
                Outcome.RUNNING,
                started_at,
                run.full,
                run.retries,
                json.dumps(sorted(run.allowed)),
                run.seal,
                run.sample,
                run.canary,
                run.remembers,
                run.rolls_back,
                run.suspends,
                run.occasion,
            ),
        )


def record_plan(connection: sqlite3.Connection, run_id: str, plan: PlanFacts) -> None:
    """Write the rows that need no sending down; called in the transaction that makes the batches ready."""
    people = plan.retried or Retried()
    counts = plan.counts
    connection.execute(
        "UPDATE runs SET planned = 1, read = ?, rejected = ?, duplicate = ?, unchanged = ?, gone = ?,"
        " rejections = ?, warnings = ?, retried_people = ?, missing_people = ?, guards = ?,"
        " canary_people = ?, canary_batches = ?, attribute_tables = ?, identity = ?, gone_action = ?"
        " WHERE run_id = ?",
        (
            counts.read,
            counts.rejected,
            counts.duplicate,
            counts.unchanged,
            plan.gone,
            json.dumps(plan.rejections),
            json.dumps(plan.warnings),
            people.people,
            people.missing,
            json.dumps([verdict.as_json() for verdict in plan.guards]),
            *plan.ahead,
            json.dumps(dict(plan.attribute_tables)),
            plan.identity,
            plan.gone_action,
            run_id,
        ),
    )


def add_effort(connection: sqlite3.Connection, run_id: str, effort: Effort) -> None:
    """Add what some work on a run cost."""
    with transaction(connection):
        count_effort(connection, run_id, effort)


def count_effort(connection: sqlite3.Connection, run_id: str, effort: Effort) -> None:
    """Add what some work on a run cost; called in a transaction."""
    connection.execute(
        "UPDATE runs SET requests = requests + ?, sending_seconds = sending_seconds + ?,"
        " seconds = seconds + ? WHERE run_id = ?",
        (effort.requests, effort.sending_seconds, effort.seconds, run_id),
    )


def load_run(connection: sqlite3.Connection, run_id: str) -> RunRow | None:
    """Return a run, or None."""
    row = connection.execute(_ONE, (run_id,)).fetchone()
    return _run(row) if row else None


def load_runs(connection: sqlite3.Connection, limit: int = -1) -> list[RunRow]:
    """Return the newest runs first."""
    return [_run(row) for row in connection.execute(_LATEST, (limit,)).fetchall()]


def run_before(connection: sqlite3.Connection, query: str, account: str) -> RunRow | None:
    """Return the newest finished run of all people of a query on an account, if there is one with rows."""
    row = connection.execute(_BEFORE, (query, account)).fetchone()
    return _run(row) if row else None


def last_told(connection: sqlite3.Connection, query: str, account: str) -> RunRow | None:
    """Return the newest such run that found out who is gone, if there is one."""
    row = connection.execute(_LAST_TOLD, (query, account)).fetchone()
    return _run(row) if row else None


def unfinished_runs(connection: sqlite3.Connection, account: str | None = None) -> list[RunRow]:
    """Return the runs that could go on, newest first."""
    runs = [_run(row) for row in connection.execute(_UNFINISHED).fetchall()]
    return [run for run in runs if account is None or run.account == account]


def rollbacks_since(connection: sqlite3.Connection, run: RunRow) -> list[str]:
    """Return the later runs of a run's account that take one back, oldest first."""
    rows = connection.execute(
        "SELECT run_id FROM runs WHERE account = ? AND rolls_back IS NOT NULL"
        " AND rowid > (SELECT rowid FROM runs WHERE run_id = ?) ORDER BY rowid",
        (run.account, run.run_id),
    )
    return [row["run_id"] for row in rows.fetchall()]


def _run(row: sqlite3.Row) -> RunRow:
    return RunRow(
        run_id=row["run_id"],
        query=row["query"],
        destination=row["destination"],
        account=row["account"],
        sql=row["sql"],
        full=bool(row["wants_full"]),
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
        resumes=row["times_resumed"],
        retries=row["retries"],
        stop=Stop(**json.loads(row["stop"])) if row["stop"] else None,
        retried=_retried(row),
        allowed=frozenset(Guard(name) for name in json.loads(row["allowed"])),
        seal=row["seal"],
        sample=row["sample"],
        canary=_canary(row),
        attribute_tables=json.loads(row["attribute_tables"]),
        remembers=bool(row["remembers"]),
        rolls_back=row["rolls_back"],
        suspends=bool(row["suspends"]),
        identity=row["identity"],
        gone_action=GoneAction(row["gone_action"]),
        closed=bool(row["closed"]),
        orchestration=row["orchestration"],
        is_on_program=row["orchestration"] is not None and bool(row["is_on_program"]),
        guards=tuple(Verdict.from_json(verdict) for verdict in json.loads(row["guards"])),
    )


def _canary(row: sqlite3.Row) -> Canary | None:
    if row["canary"] is None:
        return None
    fate = Fate(row["canary_verdict"] or Fate.WAITING)
    if row["planned"] and not row["canary_people"] and not row["held_back"]:
        fate = Fate.PASSED  # nobody was to be sent, so nothing can be wrong with them
    return Canary(row["canary"], row["canary_people"], row["canary_batches"], fate)


def _retried(row: sqlite3.Row) -> Retried | None:
    if row["retries"] is None or not row["planned"]:
        return None
    return Retried(row["retried_people"], row["missing_people"])


def _counts(row: sqlite3.Row) -> Counts:
    return Counts(
        read=row["read"],
        rejected=row["rejected"],
        duplicate=row["duplicate"],
        unchanged=row["unchanged"],
        created=row["created"],
        updated=row["updated"],
        failed=row["failed"],
        pending=row["users"] - row["settled"] + row["held_back"],
    )
