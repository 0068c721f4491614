"""How runs end, and how those that may go on are begun again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from zdpipe.model.canary import CANARY, Fate
from zdpipe.model.run import Outcome, Stop
from zdpipe.state.database import transaction
from zdpipe.state.runs import PlanFacts, record_plan

# Whoever goes on with a run that its canary stopped lets it pass; as long as something is left to be sent.
_WAIVE = f"""
UPDATE runs SET canary_verdict = '{Fate.WAIVED}'
WHERE run_id = ? AND canary_verdict = '{Fate.FAILED}'
  AND EXISTS (SELECT 1 FROM batches WHERE batches.run_id = runs.run_id AND state <> 'settled')
"""


def refuse_plan(
    connection: sqlite3.Connection, run_id: str, plan: PlanFacts, stop: Stop, now: datetime
) -> None:
    """Close a run that a guard refuses: what it would have sent stays its `pending`, and is never sent."""
    with transaction(connection):
        record_plan(connection, run_id, plan)
        connection.execute(
            "UPDATE runs SET held_back = ?, outcome = ?, finished_at = ?, stop = ? WHERE run_id = ?",
            (plan.counts.pending, Outcome.FAILED, now.isoformat(), json.dumps(asdict(stop)), run_id),
        )


def reopen_run(connection: sqlite3.Connection, run_id: str) -> None:
    """Mark a stopped run as going again, once more resumed; a canary that stopped it is waived."""
    with transaction(connection):
        connection.execute(_WAIVE, (run_id,))
        connection.execute(
            "UPDATE runs SET outcome = ?, finished_at = NULL, stop = NULL, times_resumed = times_resumed + 1"
            " WHERE run_id = ?",
            (Outcome.RUNNING, run_id),
        )


def close_run(
    connection: sqlite3.Connection, run_id: str, outcome: Outcome, now: datetime, stop: Stop | None = None
) -> None:
    """Write down how a run ended; a run that may go on keeps no end.

    A run that failed before it had a plan is over: the same text would fail again. That a canary stops a run
    is written down in one transaction, so nobody goes on with it who was not told.
    """
    ended = outcome in {Outcome.SUCCEEDED, Outcome.PARTIAL, Outcome.SUPERSEDED} or (
        outcome is Outcome.FAILED and not _is_planned(connection, run_id)
    )
    with transaction(connection):
        connection.execute(
            "UPDATE runs SET outcome = ?, finished_at = ?, stop = ? WHERE run_id = ?",
            (outcome, now.isoformat() if ended else None, json.dumps(asdict(stop)) if stop else None, run_id),
        )
        if stop is not None and stop.code == CANARY:
            _set_fate(connection, run_id, Fate.FAILED)


def close_for_good(connection: sqlite3.Connection, run_id: str, now: datetime) -> None:
    """Write down that somebody closed a run that could go on; what was not sent stays its `pending`."""
    with transaction(connection):
        connection.execute(
            "UPDATE runs SET outcome = ?, finished_at = ?, stop = NULL, closed = 1"
            " WHERE run_id = ? AND finished_at IS NULL",
            (Outcome.SUPERSEDED, now.isoformat(), run_id),
        )


def record_fate(connection: sqlite3.Connection, run_id: str, fate: Fate) -> None:
    """Write down what became of a run's canary."""
    with transaction(connection):
        _set_fate(connection, run_id, fate)


def interrupt_running(connection: sqlite3.Connection, account: str, stop_of: Callable[[str], Stop]) -> None:
    """Write down that runs of an account that count as going were stopped."""
    with transaction(connection):
        rows = connection.execute(
            "SELECT run_id FROM runs WHERE account = ? AND outcome = ?", (account, Outcome.RUNNING)
        ).fetchall()
        connection.executemany(
            "UPDATE runs SET outcome = ?, stop = ? WHERE run_id = ?",
            [
                (Outcome.INTERRUPTED, json.dumps(asdict(stop_of(row["run_id"]))), row["run_id"])
                for row in rows
            ],
        )


def _set_fate(connection: sqlite3.Connection, run_id: str, fate: Fate) -> None:
    connection.execute("UPDATE runs SET canary_verdict = ? WHERE run_id = ?", (fate, run_id))


def _is_planned(connection: sqlite3.Connection, run_id: str) -> bool:
    row = connection.execute("SELECT planned FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    return bool(row["planned"])
