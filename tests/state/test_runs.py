from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import pytest

from zdpipe.model.batch import Batch, BatchState, ItemResult, ItemStatus
from zdpipe.model.run import Counts, Effort, Outcome, Stop
from zdpipe.state.batches import BatchStore
from zdpipe.state.database import open_database, transaction
from zdpipe.state.endings import close_run
from zdpipe.state.runs import (
    NewRun,
    PlanFacts,
    add_effort,
    insert_run,
    load_run,
    load_runs,
    record_plan,
    unfinished_runs,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path / "state.sqlite")) as opened:
        yield opened


def begin(connection: sqlite3.Connection, run_id: str, minutes: int = 0, account: str = "acme") -> None:
    started = NOW + timedelta(minutes=minutes)
    insert_run(connection, NewRun(run_id, "q.sql", "production", account, "SELECT 1", started))


def plan(connection: sqlite3.Connection, run_id: str, *sizes: int) -> BatchStore:
    store = BatchStore(connection, run_id, "acme")
    with transaction(connection):
        store.enqueue(Batch(n, size, BatchState.READY) for n, size in enumerate(sizes, start=1))
        counts = Counts(read=10 + sum(sizes), rejected=1, duplicate=2, unchanged=7)
        record_plan(connection, run_id, PlanFacts(counts, 4, {"name_missing": 1}, {"email_shared": 2}))
    return store


def test_a_new_run_is_running_and_has_counted_nothing(connection: sqlite3.Connection) -> None:
    begin(connection, "one")
    run = load_run(connection, "one")
    assert run is not None
    assert (run.outcome, run.planned, run.finished_at, run.stop) == (Outcome.RUNNING, False, None, None)
    assert (run.counts, run.jobs, run.started_at) == (Counts(), 0, NOW)
    assert load_run(connection, "another") is None


def test_rows_are_counted_by_their_batches(connection: sqlite3.Connection) -> None:
    begin(connection, "one")
    begin(connection, "two")
    plan(connection, "two", 5)
    store = plan(connection, "one", 3, 2, 4)
    store.mark_sending(store.get(1), NOW, None)
    store.mark_accepted(store.get(1), "V3-1")
    results = [
        ItemResult(0, ItemStatus.CREATED, 1),
        ItemResult(1, ItemStatus.UPDATED, 2),
        ItemResult(2, ItemStatus.FAILED, None, "other"),
    ]
    store.settle(store.get(1), results, NOW)
    run = load_run(connection, "one")
    assert run is not None
    assert run.counts == Counts(19, 1, 2, 7, 1, 1, 1, 6)
    run.counts.check_conservation()
    assert (run.planned, run.gone, run.jobs) == (True, 4, 1)
    assert (run.rejections, run.warnings) == ({"name_missing": 1}, {"email_shared": 2})
    assert [(found.run_id, found.counts.pending) for found in load_runs(connection)] == [
        ("two", 5),
        ("one", 6),
    ]


def test_effort_adds_up_over_sittings(connection: sqlite3.Connection) -> None:
    begin(connection, "one")
    for _ in range(2):
        add_effort(connection, "one", Effort(requests=3, sending_seconds=1.5, seconds=2.0))
    run = load_run(connection, "one")
    assert run is not None
    assert (run.requests, run.sending_seconds, run.seconds) == (6, 3.0, 4.0)


def test_the_newest_runs_come_first(connection: sqlite3.Connection) -> None:
    for minutes, run_id in enumerate(["a", "b", "c"]):
        begin(connection, run_id, minutes, account=f"account-{run_id}")
    assert [run.run_id for run in load_runs(connection)] == ["c", "b", "a"]
    assert [run.run_id for run in load_runs(connection, 2)] == ["c", "b"]
    assert [run.run_id for run in unfinished_runs(connection, "account-b")] == ["b"]


def test_one_run_is_loaded_without_counting_the_others(connection: sqlite3.Connection) -> None:
    for number in range(20):
        begin(connection, f"run-{number:02}", number)
    with transaction(connection):
        connection.executemany(
            "INSERT INTO batches (run_id, number, users, after, state) VALUES (?, ?, 100, 0, 'settled')",
            ((f"run-{number:02}", batch) for number in range(20) for batch in range(5_000)),
        )
        connection.executemany(
            "INSERT INTO jobs (account, job_id, run_id, batch) VALUES ('acme', ?, ?, ?)",
            (
                (f"{number}-{batch}", f"run-{number:02}", batch)
                for number in range(20)
                for batch in range(5_000)
            ),
        )
    began = perf_counter()
    run = load_run(connection, "run-07")
    assert perf_counter() - began < 3
    assert run is not None
    assert run.jobs == 5_000


def test_a_run_begins_and_closes_those_it_supersedes_in_one_moment(
    connection: sqlite3.Connection,
) -> None:
    for run_id in ("one", "two"):
        insert_run(connection, NewRun(run_id, "q.sql", "d", "acme", "SELECT 1", NOW))
    close_run(connection, "two", Outcome.INTERRUPTED, NOW, Stop("killed", "message", "hint", 4))
    insert_run(connection, NewRun("three", "q.sql", "d", "acme", "SELECT 1", NOW), ["two"])
    runs = {run.run_id: run for run in load_runs(connection)}
    assert (runs["two"].outcome, runs["two"].finished_at, runs["two"].stop) == (Outcome.SUPERSEDED, NOW, None)
    assert [run.run_id for run in unfinished_runs(connection)] == ["three", "one"]
    with pytest.raises(sqlite3.IntegrityError):
        insert_run(connection, NewRun("three", "q.sql", "d", "acme", "SELECT 1", NOW), ["one"])
    assert load_runs(connection)[-1].finished_at is None
