"""Orchestrations as lines of a crontab."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from cronsim import CronSim

from zdpipe.errors import UsageProblem
from zdpipe.model.left_out import moved
from zdpipe.model.schedule import Schedule

# Clocks of the world differ by whole quarters of an hour (the time zone database, since 1972).
_QUARTER = 15
_HOUR = range(60)


def crontab(schedules: Mapping[str, tuple[Schedule, Sequence[str]]]) -> list[str]:
    """Return lines that hold in every cron, whatever its time zone, for schedules with their commands.

    A line looks every quarter of an hour whether its orchestration is due.
    """
    lines = [
        "# Each line looks whether its orchestration is due, and is silent if not: in any time zone of cron."
    ]
    for name, (schedule, command) in schedules.items():
        minutes = {
            part * _QUARTER + minute % _QUARTER for minute in schedule.parts.minutes for part in range(4)
        }
        lines += [_about(name, schedule), f"{_field(minutes, _HOUR)} * * * * {_escaped(command)}"]
    return lines


def crontab_with_zones(schedules: Mapping[str, tuple[Schedule, Sequence[str]]], now: datetime) -> list[str]:
    """Return lines for a cron that knows CRON_TZ; it holds for every line below it."""
    lines = [
        "# For a cron that knows CRON_TZ, as cronie does; others start these at the machine's own time.",
        "# CRON_TZ holds for every line below it, so let these be the last ones.",
    ]
    for name, (schedule, command) in schedules.items():
        words = _escaped(command)
        lines += [_about(name, schedule), f"CRON_TZ={schedule.zone}", f"{_fields(schedule.parts)} {words}"]
        lines += [f"{when} {words}" for when in _after_gaps(schedule, now)]
    return lines


def _about(name: str, schedule: Schedule) -> str:
    return f"# {name}: {schedule.expression} ({schedule.zone})"


def _after_gaps(schedule: Schedule, now: datetime) -> Iterator[str]:
    """Yield when a time that does not exist is made up for: such a cron leaves it out."""
    places: dict[tuple[int, int], list[datetime]] = {}
    for change in moved(schedule, now):
        places.setdefault((change.after.hour, change.after.minute), []).append(change.after)
    for (hour, minute), times in sorted(places.items()):
        months = _field({time.month for time in times}, range(1, 13))
        yield f"{minute} {hour} * {months} {_field({time.isoweekday() % 7 for time in times}, range(7))}"


def _fields(parts: CronSim) -> str:
    """Return fields that every cron reads: numbers alone.

    Where days are more than numbers it starts every day, and whether it is due decides.
    """
    days = {day for day in parts.days if day > 0}
    week = {day % 7 for day in parts.weekdays if isinstance(day, int)}
    is_plain = len(days) == len(parts.days) and all(isinstance(day, int) for day in parts.weekdays)
    in_month, in_week = _field(days, range(1, 32)), _field(week, range(7))
    if not is_plain or (parts.day_and and "*" not in {in_month, in_week}):
        in_month, in_week = "*", "*"
    elif not parts.day_and and "*" in {in_month, in_week}:
        in_month, in_week = "*", "*"  # all days of one are all days
    hours, months = _field(parts.hours, range(24)), _field(parts.months, range(1, 13))
    return f"{_field(parts.minutes, _HOUR)} {hours} {in_month} {months} {in_week}"


def _field(numbers: Collection[int], every: range) -> str:
    if set(numbers) == set(every):
        return "*"
    return ",".join(str(number) for number in sorted(numbers))


def _escaped(command: Sequence[str]) -> str:
    """Return a command as the sixth field: cron makes a new line of every % that has no backslash."""
    words = shlex.join(command)
    if any(not char.isprintable() for char in words):
        raise UsageProblem(
            "The path of the project or of zdpipe has a character that no crontab can hold.",
            "Move it to a folder whose name has printable characters only.",
        )
    return words.replace("%", r"\%")
