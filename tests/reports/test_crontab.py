from __future__ import annotations

import shlex
from datetime import UTC, datetime, timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.reports.calendars import cron_ticks
from zdpipe.errors import UsageProblem
from zdpipe.model.schedule import Schedule
from zdpipe.reports.crontab import crontab, crontab_with_zones

BEGIN = datetime(2026, 11, 26, 6, 13, tzinfo=UTC)
COMMAND = ["/opt/zdpipe", "orchestrations", "run", "nightly", "--due", "--project", "/srv/50% of 'all'"]
EXPRESSIONS = [
    "30 2 * * *",
    "0 * * * *",
    "7,37 0-3 * * MON-FRI",
    "0 0 1,15 * 1",
    "0 0 */10 * 1",
    "5 3 L * MON#1",
]


def slots(schedule: Schedule, begin: datetime, days: int) -> set[datetime]:
    return {time.astimezone(UTC) for time in schedule.between(begin, begin + timedelta(days=days))}


def lines(found: list[str]) -> list[str]:
    return [line for line in found if not line.startswith(("#", "CRON_TZ="))]


def test_lines_for_any_cron(snapshot: SnapshotAssertion) -> None:
    schedules = {
        "nightly": (Schedule.read("30 2 * * *", "Europe/Oslo"), COMMAND),
        "often": (Schedule.read("*/20 * * * *"), COMMAND),
    }
    assert crontab(schedules) == snapshot


def test_lines_for_a_cron_with_zones(snapshot: SnapshotAssertion) -> None:
    schedules = {
        "nightly": (Schedule.read("30 2 * * *", "Europe/Oslo"), COMMAND),
        "odd": (Schedule.read("0 3 LW * MON#2"), COMMAND),
    }
    assert crontab_with_zones(schedules, BEGIN) == snapshot


def test_a_percent_sign_is_escaped_and_the_shell_reads_the_rest() -> None:
    (line,) = lines(crontab({"nightly": (Schedule.read("0 2 * * *"), COMMAND)}))
    command = line.split(" ", 5)[5]
    assert "%" not in command.replace(r"\%", "")
    assert shlex.split(command.replace(r"\%", "%")) == COMMAND


def test_a_path_that_no_crontab_holds_is_refused() -> None:
    with pytest.raises(UsageProblem, match="no crontab can hold"):
        crontab({"nightly": (Schedule.read("0 2 * * *"), ["/srv/a\nb"])})


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.parametrize("machine", ["UTC", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_whatever_the_machines_zone_every_time_has_a_look(expression: str, machine: str) -> None:
    schedule = Schedule.read(expression, "Europe/Oslo")
    (line,) = lines(crontab({"x": (schedule, COMMAND)}))
    fields = " ".join(line.split()[:5])
    for begin in (datetime(2027, 3, 25, tzinfo=UTC), datetime(2027, 10, 28, tzinfo=UTC)):
        assert slots(schedule, begin, 8) <= set(cron_ticks(fields, begin, 9, machine))


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.parametrize("zone", ["Europe/Oslo", "Africa/Cairo"])
def test_with_cron_tz_every_time_has_a_look_too(expression: str, zone: str) -> None:
    schedule = Schedule.read(expression, zone)
    found = lines(crontab_with_zones({"x": (schedule, COMMAND)}, BEGIN))
    ticks = {tick for line in found for tick in cron_ticks(" ".join(line.split()[:5]), BEGIN, 367, zone)}
    assert slots(schedule, BEGIN, 366) <= ticks
