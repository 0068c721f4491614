"""What systemd and cron make of the lines that are written for them, minute by minute."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_EVENT = re.compile(
    r"(?:(?P<week>[A-Z][\w,.]*) )?\*-(?P<month>[\d,*]+)(?P<way>[-~])(?P<day>[\d,*/]+)"
    r" (?P<hour>[\d,*]+):(?P<minute>[\d,*]+):00 (?P<zone>\S+)"
)
_MINUTE = timedelta(minutes=1)


def systemd_ticks(event: str, begin: datetime, days: int) -> Iterator[datetime]:
    """Yield when a calendar event elapses: a time that does not exist never, what comes twice once."""
    found = _EVENT.fullmatch(event)
    assert found, event
    zone = ZoneInfo(found["zone"])
    hours = [hour for hour in range(24) if _holds(found["hour"], hour)]
    minutes = [minute for minute in range(60) if _holds(found["minute"], minute)]
    at_times = [time(hour, minute) for hour in hours for minute in minutes]
    for number in range(days):
        day = begin.astimezone(zone).date() + timedelta(days=number)
        if not _is_day(day, found["week"], found["month"], found["way"], found["day"]):
            continue
        for at in at_times:
            local = datetime.combine(day, at, zone)
            if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                yield local.astimezone(UTC)


def cron_ticks(fields: str, begin: datetime, days: int, zone: str) -> Iterator[datetime]:
    """Yield when a plain cron starts a line: every minute it looks whether the clock on the wall fits."""
    minute, hour, in_month, month, in_week = fields.split()
    minutes, hours = ({n for n in range(60) if _holds(field, n)} for field in (minute, hour))
    tz = ZoneInfo(zone)
    start = begin.astimezone(UTC).replace(second=0, microsecond=0)
    for number in range(days * 24 * 60):
        moment = start + number * _MINUTE
        local = moment.astimezone(tz)
        if local.minute not in minutes or local.hour not in hours or not _holds(month, local.month):
            continue
        of_month, of_week = _holds(in_month, local.day), _holds(in_week, local.isoweekday() % 7)
        if of_month and of_week if "*" in {in_month, in_week} else of_month or of_week:
            yield moment


def _is_day(day: date, week: str | None, month: str, way: str, number: str) -> bool:
    if not _holds(month, day.month) or (week is not None and _DAYS[day.weekday()] not in _weekdays(week)):
        return False
    if way == "-":
        return _holds(number, day.day)
    from_end = monthrange(day.year, day.month)[1] - day.day + 1
    first, _, step = number.partition("/")
    return from_end <= int(first) if step else _holds(number, from_end)


def _weekdays(words: str) -> set[str]:
    if ".." in words:
        first, last = words.split("..")
        return set(_DAYS[_DAYS.index(first) : _DAYS.index(last) + 1])
    return set(words.split(","))


def _holds(listed: str, number: int) -> bool:
    return listed == "*" or number in {int(part) for part in listed.split(",")}
