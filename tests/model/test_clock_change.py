from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from zdpipe.model.clock_change import Effect, clock_changes, zone_changes
from zdpipe.model.schedule import Schedule

BEGIN = datetime(2026, 11, 26, 6, 13, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Oslo", ["2027-03-28T01:00", "2027-10-31T01:00"]),
        ("America/New_York", ["2027-03-14T07:00", "2027-11-07T06:00"]),
        ("Australia/Lord_Howe", ["2027-04-03T15:00", "2027-10-02T15:30"]),
        ("Asia/Kolkata", []),
        ("UTC", []),
    ],
)
def test_changes_of_a_zone_are_found_to_the_second(zone: str, expected: list[str]) -> None:
    found = [change.at for change in zone_changes(ZoneInfo(zone), BEGIN, 366)]
    assert [f"{at:%Y-%m-%dT%H:%M}" for at in found] == expected
    assert all(at.second == 0 for at in found)


@pytest.mark.parametrize(
    ("expression", "effects"),
    [
        ("30 2 * * *", [Effect.MOVED, Effect.ONCE]),
        ("0 3 * * *", [Effect.NONE, Effect.NONE]),
        ("0 * * * *", [Effect.LEFT_OUT, Effect.TWICE]),
        ("*/20 2 * * *", [Effect.LEFT_OUT, Effect.TWICE]),
        ("30 2 * * MON", [Effect.NONE, Effect.NONE]),
    ],
)
def test_the_effect_on_a_schedule_is_told(expression: str, effects: list[Effect]) -> None:
    schedule = Schedule.read(expression, "Europe/Oslo")
    assert [change.effect for change in clock_changes(schedule, BEGIN, 366)] == effects


def test_a_change_as_json_has_wall_times_without_offset() -> None:
    (change, _) = clock_changes(Schedule.read("30 2 * * *", "Europe/Oslo"), BEGIN, 366)
    assert change.as_json() == {
        "at": "2027-03-28T01:00:00+00:00",
        "from": "2027-03-28T02:00:00",
        "to": "2027-03-28T03:00:00",
        "effect": "moved",
        "example": "2027-03-28T02:30:00",
    }
