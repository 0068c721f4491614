"""An orchestration is due when a time of its schedule came since it was begun last."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from zdpipe.errors import UsageProblem
from zdpipe.model.orchestration import Ending
from zdpipe.pipeline.due import due_at, report_unless_due
from zdpipe.project.load import load_project
from zdpipe.project.orchestration import Orchestration
from zdpipe.state.database import open_database
from zdpipe.state.occasions import begin_occasion, end_occasion, last_occasion, record_skipped

NIGHTLY = Orchestration(name="nightly", queries=("a",), schedule="30 2 * * *", timezone="Europe/Oslo")
DUE = datetime(2026, 11, 26, 1, 30, tzinfo=UTC)  # 02:30 in Oslo


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path / "state.sqlite")) as opened:
        yield opened


def ran(connection: sqlite3.Connection, started: datetime, ended: datetime | None = None) -> None:
    number = begin_occasion(connection, "nightly", None, started)
    if ended is not None:
        end_occasion(connection, number, Ending.SUCCEEDED, ended)


def after(**how: int) -> datetime:
    return DUE + timedelta(**how)


def test_it_is_due_once(connection: sqlite3.Connection) -> None:
    ran(connection, after(days=-1, seconds=1), after(days=-1, minutes=5))
    assert due_at(connection, NIGHTLY, after(seconds=-1)) is None
    assert due_at(connection, NIGHTLY, DUE) == DUE
    assert due_at(connection, NIGHTLY, after(hours=7)) == DUE
    ran(connection, after(hours=7), after(hours=8))
    assert due_at(connection, NIGHTLY, after(hours=9)) is None
    assert due_at(connection, NIGHTLY, after(days=1)) == after(days=1)


def test_several_times_without_power_are_made_up_for_once(connection: sqlite3.Connection) -> None:
    ran(connection, after(days=-5), after(days=-5, minutes=1))
    assert due_at(connection, NIGHTLY, after(hours=3)) == DUE


def test_one_that_never_ran_is_due_only_when_the_time_has_just_come(connection: sqlite3.Connection) -> None:
    assert due_at(connection, NIGHTLY, after(minutes=1)) == DUE
    assert due_at(connection, NIGHTLY, after(hours=1)) is None


def test_times_that_came_while_it_was_going_are_done_with(connection: sqlite3.Connection) -> None:
    ran(connection, after(minutes=-10), after(minutes=10))
    assert due_at(connection, NIGHTLY, after(minutes=15)) is None


def test_one_that_was_killed_before_the_time_is_due(connection: sqlite3.Connection) -> None:
    ran(connection, after(minutes=-10))
    assert due_at(connection, NIGHTLY, after(minutes=15)) == DUE


def test_what_was_passed_over_is_not_due_again(connection: sqlite3.Connection) -> None:
    ran(connection, after(minutes=-10))
    record_skipped(connection, "nightly", DUE, after(seconds=1))
    assert due_at(connection, NIGHTLY, after(minutes=15)) is None


def test_a_clock_that_was_ahead_for_a_while_keeps_nothing_from_being_due(
    connection: sqlite3.Connection,
) -> None:
    ran(connection, after(days=900), after(days=900, minutes=5))
    assert due_at(connection, NIGHTLY, after(minutes=1)) == DUE


def test_without_a_schedule_it_is_never_due(connection: sqlite3.Connection) -> None:
    with pytest.raises(UsageProblem) as caught:
        due_at(connection, Orchestration(name="by_hand", queries=("a",)), DUE)
    assert caught.value.code == "no_schedule"


def test_a_look_that_finds_nothing_due_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "zdpipe.toml").write_text(
        '[orchestrations.nightly]\nqueries = ["a"]\nschedule = "30 2 * * *"\ntimezone = "Europe/Oslo"\n'
    )
    project = load_project(tmp_path)
    report = report_unless_due(project, "nightly", after(hours=1))
    assert report is not None
    assert report.ending is Ending.NOT_DUE
    assert report.next_at is not None
    assert report.next_at.isoformat() == "2026-11-27T02:30:00+01:00"
    assert report_unless_due(project, "nightly", DUE) is None
    with closing(open_database(tmp_path / ".zdpipe" / "state.sqlite")) as opened:
        assert last_occasion(opened, "nightly") is None
