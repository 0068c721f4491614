"""Calendar events are the times of their schedule: by our own evaluator, and by systemd where it is."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reports.calendars import systemd_ticks
from zdpipe.model.schedule import Schedule
from zdpipe.reports.on_calendar import calendar_events, events_left_out

BEGIN = datetime(2026, 11, 26, 6, 13, tzinfo=UTC)
YEAR = 366
EXAMPLES = [
    ("30 2 * * *", ["*-*-* 02:30:00 UTC"]),
    ("0 * * * *", ["*-*-* *:00:00 UTC"]),
    ("*/20 1-3 * * MON-FRI", ["Mon,Tue,Wed,Thu,Fri *-*-* 01,02,03:00,20,40:00 UTC"]),
    ("0 0 1,15 * 1", ["*-*-01,15 00:00:00 UTC", "Mon *-*-* 00:00:00 UTC"]),
    ("0 0 */10 * 1", ["Mon *-*-01,11,21,31 00:00:00 UTC"]),
    ("0 0 L * *", ["*-*~01 00:00:00 UTC"]),
    ("0 0 * 2,3 SUN#2", ["Sun *-02,03-08,09,10,11,12,13,14 00:00:00 UTC"]),
    ("0 0 * * 7L", ["Sun *-*~07/1 00:00:00 UTC"]),
]


def some(field: range) -> st.SearchStrategy[str]:
    numbers = st.integers(field.start, field.stop - 1)
    listed = st.lists(numbers, min_size=1, max_size=3).map(lambda found: ",".join(map(str, found)))
    steps = st.integers(1, 20).map(lambda step: f"*/{step}")
    return st.just("*") | listed | steps


def schedules() -> st.SearchStrategy[str]:
    in_month = some(range(1, 29)) | st.sampled_from(["L", "LW", "1,L"])
    in_week = some(range(8)) | st.sampled_from(["MON#1", "5L", "1,FRI#5"])
    fields = (some(range(60)), some(range(24)), in_month, some(range(1, 13)), in_week)
    return st.tuples(*fields).map(" ".join)


def ticks(events: list[str], days: int) -> set[datetime]:
    return {tick for event in events for tick in systemd_ticks(event, BEGIN - timedelta(days=1), days + 2)}


def slots(schedule: Schedule, days: int) -> set[datetime]:
    end = BEGIN + timedelta(days=days)
    return {time.astimezone(UTC) for time in schedule.between(BEGIN, end)}


def within(found: set[datetime], days: int) -> set[datetime]:
    return {tick for tick in found if BEGIN < tick <= BEGIN + timedelta(days=days)}


@pytest.mark.parametrize(("expression", "events"), EXAMPLES)
def test_a_schedule_reads_so(expression: str, events: list[str]) -> None:
    assert calendar_events(Schedule.read(expression)) == events


@settings(max_examples=40, deadline=None)
@given(expression=schedules())
def test_events_are_the_times_of_the_schedule(expression: str) -> None:
    try:
        schedule = Schedule.read(expression)
    except ValueError:
        return  # a day that never comes
    found, wanted = within(ticks(calendar_events(schedule), 70), 70), slots(schedule, 70)
    assert wanted <= found
    if not {"#", "L"} & set(expression.upper()):
        assert found == wanted


@pytest.mark.parametrize("zone", ["Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"])
@pytest.mark.parametrize("expression", ["30 2 * * *", "0 * * * *", "*/20 0-3 * * *", "15 0,1,2 * * *"])
def test_with_what_changes_of_the_clock_leave_out_no_time_is_missing(zone: str, expression: str) -> None:
    schedule = Schedule.read(expression, zone)
    events = [*calendar_events(schedule), *events_left_out(schedule, BEGIN)]
    assert slots(schedule, YEAR) <= ticks(events, YEAR)


def test_nothing_is_added_where_the_clock_never_changes() -> None:
    for zone in ("UTC", "Asia/Kolkata"):
        assert events_left_out(Schedule.read("30 2 * * *", zone), BEGIN) == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
@pytest.mark.parametrize("zone", ["UTC", "Europe/Oslo", "America/New_York"])
@pytest.mark.parametrize("expression", [expression for expression, _ in EXAMPLES])
def test_systemd_itself_reads_them_as_our_evaluator_does(expression: str, zone: str) -> None:
    schedule = Schedule.read(expression, zone)
    for event in [*calendar_events(schedule), *events_left_out(schedule, BEGIN)]:
        asked = subprocess.run(
            [
                "systemd-analyze",
                "calendar",
                f"--base-time={BEGIN:%Y-%m-%d %H:%M:%S} UTC",
                "--iterations=8",
                event,
            ],
            capture_output=True,
            text=True,
            check=True,
            env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
        )
        found = re.findall(
            r"(?:Next elapse|Iter\. #\d+|Iteration #\d+): \w+ ([\d-]+ [\d:]+) UTC", asked.stdout
        )
        ours = (tick for tick in systemd_ticks(event, BEGIN, 2500) if tick > BEGIN)
        assert found == [f"{tick:%Y-%m-%d %H:%M:%S}" for tick in islice(ours, 8)]
