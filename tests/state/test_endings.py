from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.state.test_runs import NOW, begin, plan
from zdpipe.model.run import Outcome, Stop
from zdpipe.state.database import open_database
from zdpipe.state.endings import close_run, interrupt_running, reopen_run
from zdpipe.state.runs import NewRun, insert_run, load_run, unfinished_runs


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path / "state.sqlite")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("outcome", "ended"),
    [
        (Outcome.SUCCEEDED, True),
        (Outcome.PARTIAL, True),
        (Outcome.SUPERSEDED, True),
        (Outcome.FAILED, False),
        (Outcome.INTERRUPTED, False),
    ],
)
def test_a_run_that_may_go_on_has_no_end(
    connection: sqlite3.Connection, outcome: Outcome, ended: bool
) -> None:
    begin(connection, "one")
    plan(connection, "one", 5)
    stop = None if ended else Stop("code", "message", "hint", 4)
    close_run(connection, "one", outcome, NOW, stop)
    run = load_run(connection, "one")
    assert run is not None
    assert (run.outcome, run.finished_at, run.stop) == (outcome, NOW if ended else None, stop)
    assert [left.run_id for left in unfinished_runs(connection)] == ([] if ended else ["one"])


def test_a_reopened_run_is_running_again(connection: sqlite3.Connection) -> None:
    begin(connection, "one")
    close_run(connection, "one", Outcome.FAILED, NOW, Stop("code", "message", "hint", 4))
    reopen_run(connection, "one")
    run = load_run(connection, "one")
    assert run is not None
    assert (run.outcome, run.finished_at, run.stop) == (Outcome.RUNNING, None, None)


def test_a_run_that_failed_before_its_plan_is_over(connection: sqlite3.Connection) -> None:
    begin(connection, "one")
    close_run(connection, "one", Outcome.FAILED, NOW, Stop("query", "message", "hint", 2))
    run = load_run(connection, "one")
    assert run is not None
    assert run.finished_at == NOW
    assert unfinished_runs(connection) == []


def test_reopening_counts_and_what_was_asked_for_stays(connection: sqlite3.Connection) -> None:
    insert_run(connection, NewRun("one", "q.sql", "production", "acme", "SELECT 1", NOW, full=True))
    reopen_run(connection, "one")
    reopen_run(connection, "one")
    run = load_run(connection, "one")
    assert run is not None
    assert (run.resumes, run.full, run.outcome) == (2, True, Outcome.RUNNING)


def test_runs_whose_process_is_gone_are_interrupted_on_their_account_alone(
    connection: sqlite3.Connection,
) -> None:
    begin(connection, "mine")
    begin(connection, "theirs", account="other")
    interrupt_running(connection, "acme", lambda run_id: Stop("killed", "gone", run_id, 4))
    mine, theirs = load_run(connection, "mine"), load_run(connection, "theirs")
    assert mine is not None
    assert theirs is not None
    assert (mine.outcome, mine.stop) == (Outcome.INTERRUPTED, Stop("killed", "gone", "mine", 4))
    assert theirs.outcome is Outcome.RUNNING
