"""A year of schedules in three time zones, as their schedulers look: no run is missed, and none doubled."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.clock import FakeClock
from tests.pipeline.world import QUERY, World
from tests.reports.build import DONE
from tests.reports.calendars import cron_ticks, systemd_ticks
from zdpipe.model.orchestration import Ending, Order
from zdpipe.model.run import RunReport
from zdpipe.model.schedule import Schedule
from zdpipe.pipeline import conducting
from zdpipe.pipeline.due import due_at
from zdpipe.pipeline.orchestrate import run_orchestration
from zdpipe.project.orchestration import Orchestration
from zdpipe.reports.crontab import crontab, crontab_with_zones
from zdpipe.reports.on_calendar import calendar_events, events_left_out
from zdpipe.state.database import Connection, open_database
from zdpipe.state.occasions import begin_occasion, end_occasion

pytestmark = pytest.mark.histories
BEGIN = datetime(2026, 12, 31, 12, tzinfo=UTC)
DAYS = 366
ZONES = ("Europe/Oslo", "America/New_York", "Australia/Lord_Howe")
MACHINE = "Asia/Kathmandu"  # a quarter of an hour beside most others
NIGHTLY, HOURLY, WEEKLY = "15 2 * * *", "0 * * * *", "30 1,2 * * 0"
TOOK = timedelta(minutes=3)


def dates(zone: str) -> Iterable[date]:
    first = BEGIN.astimezone(ZoneInfo(zone)).date()
    return (first + timedelta(days=number) for number in range(-1, DAYS + 2))


def on_the_wall(day: date, at: time, zone: str) -> datetime:
    """When a clock shows that time, the first time it does; where it never does, when it jumps over it."""
    local = datetime.combine(day, at, ZoneInfo(zone))
    there = local.astimezone(UTC)
    if there.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local.replace(tzinfo=None):
        return there
    moment = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    while moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < local.replace(tzinfo=None):
        moment += timedelta(minutes=1)
    return moment


def expected(expression: str, zone: str) -> list[datetime]:
    """The times that a person would write down, counted without any library for cron."""
    match expression:
        case "15 2 * * *":
            found = {on_the_wall(day, time(2, 15), zone) for day in dates(zone)}
        case "30 1,2 * * 0":
            sundays = [day for day in dates(zone) if day.isoweekday() == 7]
            found = {on_the_wall(day, time(hour, 30), zone) for day in sundays for hour in (1, 2)}
        case _:
            minutes = (BEGIN + timedelta(minutes=number) for number in range(DAYS * 24 * 60 + 60))
            found = {moment for moment in minutes if moment.astimezone(ZoneInfo(zone)).minute == 0}
    return sorted(moment for moment in found if BEGIN < moment <= BEGIN + timedelta(days=DAYS))


def looks(scheduler: str, schedule: Schedule) -> list[datetime]:
    """When a scheduler starts what is written for it."""
    if scheduler == "systemd":
        events = [*calendar_events(schedule), *events_left_out(schedule, BEGIN)]
        found = {tick for event in events for tick in systemd_ticks(event, BEGIN, DAYS + 1)}
    else:
        lines = crontab({"x": (schedule, ["x"])})
        zone = MACHINE
        if scheduler == "cronie":
            lines, zone = crontab_with_zones({"x": (schedule, ["x"])}, BEGIN), schedule.zone
        fields = [" ".join(line.split()[:5]) for line in lines if line[0] not in "#C"]
        found = {tick for field in fields for tick in cron_ticks(field, BEGIN, DAYS + 1, zone)}
    return sorted(tick for tick in found if BEGIN < tick <= BEGIN + timedelta(days=DAYS))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("scheduler", ["systemd", "cronie"])
def test_every_night_of_a_year_has_its_occasion(
    world: World, monkeypatch: pytest.MonkeyPatch, scheduler: str, zone: str
) -> None:
    world.write(QUERY, "SELECT 1 AS name")
    with (world.folder / "zdpipe.toml").open("a") as file:
        file.write(
            f'\n[orchestrations.x]\nqueries = ["{QUERY}"]\nschedule = "{NIGHTLY}"\ntimezone = "{zone}"\n'
        )
    world.clock = FakeClock(BEGIN)
    sent: list[datetime] = []

    def send(*_: object, **__: object) -> RunReport:
        sent.append(world.clock.now())
        world.clock.advance(TOOK.total_seconds())
        return replace(DONE, finished_at=world.clock.now())

    monkeypatch.setattr(conducting, "run_query", send)
    bench = world.bench
    reports = []
    for tick in looks(scheduler, Schedule.read(NIGHTLY, zone)):
        world.clock.advance((tick - world.clock.now()).total_seconds() + 1)
        reports.append(run_orchestration(bench, "x", Order(if_due=True)))
    done = [report for report in reports if report.ending is Ending.SUCCEEDED]
    assert [report.due_at for report in done] == expected(NIGHTLY, zone)
    assert len(sent) == len(done) >= 365
    assert all(
        report.due_at and begun - report.due_at <= timedelta(seconds=1)
        for report, begun in zip(done, sent, strict=True)
    )


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("scheduler", "expression"),
    [
        ("systemd", HOURLY),
        ("systemd", WEEKLY),
        ("cronie", HOURLY),
        ("cronie", WEEKLY),
        ("any cron", NIGHTLY),
        ("any cron", WEEKLY),
    ],
)
def test_every_time_of_a_year_is_found_due_once(
    world: World, scheduler: str, expression: str, zone: str
) -> None:
    orchestration = Orchestration(name="x", queries=("a",), schedule=expression, timezone=zone)
    schedule = Schedule.read(expression, zone)
    with closing(open_database(world.folder / "state.sqlite")) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        found = [
            due for tick in looks(scheduler, schedule) if (due := _look(connection, orchestration, tick))
        ]
    assert found == expected(expression, zone)


def _look(connection: Connection, orchestration: Orchestration, tick: datetime) -> datetime | None:
    now = tick + timedelta(seconds=1)
    due = due_at(connection, orchestration, now)
    if due is None:
        return None
    number = begin_occasion(connection, orchestration.name, due, now)
    end_occasion(connection, number, Ending.SUCCEEDED, now + TOOK)
    return due.astimezone(UTC)
