"""A schedule as calendar events of systemd (man systemd.time)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from cronsim import CronSim

from zdpipe.model.left_out import moved, second_passings
from zdpipe.model.schedule import Schedule

_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_EVERY_DAY = frozenset(range(7))
_EVERY = "*"


def calendar_events(schedule: Schedule) -> list[str]:
    """Return the events that together are a schedule's times, as long as the clock does not change."""
    parts = schedule.parts
    months = _listed(parts.months, range(1, 13))
    times = f"{_listed(parts.hours, range(24))}:{_listed(parts.minutes, range(60))}:00"
    days = dict.fromkeys(_days(parts))
    return [f"{week} *-{months}{day} {times} {schedule.zone}".lstrip() for week, day in days]


def events_left_out(schedule: Schedule, now: datetime) -> list[str]:
    """Return events, in UTC, at times that systemd leaves out when the clock changes.

    It skips a time that does not exist, and what comes twice it has once (seen with systemd 252). They come
    on a few other days too, when nothing is due.
    """
    times = [change.at for change in moved(schedule, now)]
    times += [time.astimezone(UTC) for time in second_passings(schedule, now)]
    by_hour: dict[int, list[datetime]] = {}
    for time in times:
        by_hour.setdefault(time.hour, []).append(time)
    return [
        f"{','.join(_weekdays({time.isoweekday() % 7 for time in group}))}"
        f" *-{_listed({time.month for time in group}, range(1, 13))}-*"
        f" {hour:02}:{_listed({time.minute for time in group}, range(60))}:00 UTC"
        for hour, group in sorted(by_hour.items())
    ]


def _days(parts: CronSim) -> Iterator[tuple[str, str]]:
    """Yield pairs of weekdays and days of the month that together are the days of a schedule."""
    in_month, in_week = list(_in_month(parts)), list(_in_week(parts))
    if ("", f"-{_EVERY}") in in_week:
        yield from in_month
    elif ("", f"-{_EVERY}") in in_month:
        yield from in_week
    elif parts.day_and:
        for week, day in in_month:
            for week_again, day_again in in_week:
                # Of two special days the weekday alone is kept: too often is put right by `--due`.
                narrow = day_again if day == f"-{_EVERY}" else day
                yield week or week_again, narrow
    else:
        yield from in_month
        yield from in_week


def _in_month(parts: CronSim) -> Iterator[tuple[str, str]]:
    numbers = {day for day in parts.days if day > 0}
    if numbers:
        yield "", f"-{_listed(numbers, range(1, 32))}"
    if CronSim.LAST in parts.days:
        yield "", "~01"
    if CronSim.LAST_WEEKDAY in parts.days:
        # The last day, or the Friday before it where that is a Saturday or Sunday.
        yield "Mon..Fri", "~01"
        yield "Fri", "~02"
        yield "Fri", "~03"


def _in_week(parts: CronSim) -> Iterator[tuple[str, str]]:
    plain = {day % 7 for day in parts.weekdays if isinstance(day, int)}
    if plain == _EVERY_DAY:
        yield "", f"-{_EVERY}"
    elif plain:
        yield ",".join(_weekdays(plain)), f"-{_EVERY}"
    for special in sorted(day for day in parts.weekdays if isinstance(day, tuple)):
        weekday, turn = special
        last_week = turn == CronSim.LAST
        first = 7 * turn - 6
        days = "~07/1" if last_week else f"-{_listed(range(first, min(first + 7, 32)), range(0))}"
        yield _DAYS[weekday % 7], days


def _weekdays(days: Collection[int]) -> list[str]:
    return [_DAYS[day] for day in sorted(days)]


def _listed(numbers: Collection[int], every: range) -> str:
    if set(numbers) == set(every):
        return _EVERY
    return ",".join(f"{number:02}" for number in sorted(numbers))
