from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from zdpipe.model.orchestration import Ending
from zdpipe.model.run import Stop
from zdpipe.state.database import open_database
from zdpipe.state.occasions import (
    begin_occasion,
    end_occasion,
    interrupt_occasions,
    last_occasion,
    last_skipped,
    load_occasion,
    record_skipped,
    remove_occasions,
    reopen_occasion,
    runs_of,
)
from zdpipe.state.runs import NewRun, insert_run, load_run

NOW = datetime(2026, 11, 26, 2, 30, 1, tzinfo=UTC)
DUE = NOW - timedelta(seconds=1)
STOP = Stop("query", "No table x.", "Mend it.", 2)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path / "state.sqlite")) as opened:
        yield opened


def insert(connection: sqlite3.Connection, run_id: str, query: str, occasion: int | None) -> None:
    insert_run(connection, NewRun(run_id, query, "d", "a", "SELECT 1", NOW, occasion=occasion))


def test_an_occasion_is_kept_with_its_time_its_end_and_its_errors(connection: sqlite3.Connection) -> None:
    number = begin_occasion(connection, "nightly", DUE, NOW)
    begun = load_occasion(connection, number)
    assert (begun.ending, begun.due_at, begun.started_at, begun.finished_at) == (
        Ending.RUNNING,
        DUE,
        NOW,
        None,
    )
    later = NOW + timedelta(minutes=5)
    end_occasion(connection, number, Ending.FAILED, later, overlapped=2, errors={"queries/a.sql": STOP})
    ended = last_occasion(connection, "nightly")
    assert ended is not None
    assert (ended.ending, ended.finished_at, ended.overlapped) == (Ending.FAILED, later, 2)
    assert ended.errors == {"queries/a.sql": STOP}
    assert last_occasion(connection, "hourly") is None


def test_gone_on_with_it_counts_what_it_was(connection: sqlite3.Connection) -> None:
    number = begin_occasion(connection, "nightly", None, NOW)
    end_occasion(connection, number, Ending.INTERRUPTED, NOW, overlapped=1)
    reopen_occasion(connection, number)
    going = load_occasion(connection, number)
    assert (going.ending, going.finished_at, going.resumes) == (Ending.RUNNING, None, 1)
    end_occasion(connection, number, Ending.SUCCEEDED, NOW, overlapped=1)
    assert load_occasion(connection, number).overlapped == 2


@pytest.mark.parametrize("left", [Ending.RUNNING, Ending.INTERRUPTED])
def test_the_next_one_supersedes_what_was_left_unfinished(
    connection: sqlite3.Connection, left: Ending
) -> None:
    first = begin_occasion(connection, "nightly", None, NOW)
    if left is Ending.INTERRUPTED:
        interrupt_occasions(connection, "nightly")
    other = begin_occasion(connection, "hourly", None, NOW)
    second = begin_occasion(connection, "nightly", None, NOW)
    assert load_occasion(connection, first).ending is Ending.SUPERSEDED
    assert load_occasion(connection, second).ending is Ending.RUNNING
    assert load_occasion(connection, other).ending is Ending.RUNNING


def test_what_was_passed_over_is_no_occasion_of_its_own(connection: sqlite3.Connection) -> None:
    number = begin_occasion(connection, "nightly", None, NOW)
    record_skipped(connection, "nightly", DUE, NOW)
    last, skipped = last_occasion(connection, "nightly"), last_skipped(connection, "nightly")
    assert last is not None
    assert last.number == number
    assert skipped is not None
    assert (skipped.ending, skipped.due_at, skipped.finished_at) == (Ending.SKIPPED, DUE, NOW)


def test_runs_know_the_orchestration_that_began_them(connection: sqlite3.Connection) -> None:
    number = begin_occasion(connection, "nightly", None, NOW)
    for run_id, query, occasion in [
        ("r1", "a", number),
        ("r2", "b", number),
        ("r3", "a", number),
        ("r4", "a", None),
    ]:
        insert(connection, run_id, query, occasion)
    assert runs_of(connection, number) == {"a": "r3", "b": "r2"}
    names = [run.orchestration for name in ("r1", "r4") if (run := load_run(connection, name))]
    assert names == ["nightly", None]


def test_old_occasions_go_unless_runs_of_them_are_left(connection: sqlite3.Connection) -> None:
    numbers = []
    for _ in range(4):
        numbers.append(begin_occasion(connection, "nightly", None, NOW))
        end_occasion(connection, numbers[-1], Ending.SUCCEEDED, NOW)
        record_skipped(connection, "nightly", DUE, NOW)
    insert(connection, "r1", "a", numbers[0])
    remove_occasions(connection, 1)
    rows = connection.execute("SELECT number, ending FROM occasions ORDER BY number").fetchall()
    kept = [tuple(row) for row in rows]
    assert [number for number, ending in kept if ending == Ending.SUCCEEDED] == [numbers[0], numbers[-1]]
    assert len([ending for _, ending in kept if ending == Ending.SKIPPED]) == 1


def test_a_number_is_never_given_twice(connection: sqlite3.Connection) -> None:
    number = begin_occasion(connection, "nightly", None, NOW)
    connection.execute("DELETE FROM occasions")
    assert begin_occasion(connection, "nightly", None, NOW) > number
