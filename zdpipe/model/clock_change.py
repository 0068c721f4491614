"""Changes of a zone's clock, and what they do to a schedule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from zdpipe.model.schedule import Schedule

_DAY = timedelta(days=1)


class Effect(StrEnum):
    """What a change of the clock does to a schedule."""

    NONE = "none"
    MOVED = "moved"  # the time does not exist: it runs right after the gap
    ONCE = "once"  # the time comes twice: it runs the first time
    LEFT_OUT = "left_out"  # every so often: the hour that does not exist has no run
    TWICE = "twice"  # every so often: the hour that comes twice has runs twice


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A zone's clock at `at` (UTC) goes from one wall time to another; `example` is a time it concerns."""

    at: datetime
    before: datetime
    after: datetime
    effect: Effect = Effect.NONE
    example: datetime | None = None

    @property
    def skips(self) -> bool:
        """Whether times are skipped, rather than coming twice."""
        return self.after > self.before

    def as_json(self) -> dict[str, object]:
        """Return the JSON shape; wall times have no offset."""
        return {
            "at": self.at.isoformat(),
            "from": self.before.isoformat(),
            "to": self.after.isoformat(),
            "effect": self.effect.value,
            "example": self.example.isoformat() if self.example else None,
        }


def clock_changes(schedule: Schedule, begin: datetime, days: int) -> Iterator[ClockChange]:
    """Yield the changes of the schedule's zone within so many days, oldest first."""
    for change in zone_changes(schedule.tz, begin, days):
        first, last = sorted((change.before, change.after))
        example = schedule.on_the_wall(first, last)
        if example is None:
            yield change
        elif schedule.is_fixed:
            effect = Effect.MOVED if change.skips else Effect.ONCE
            yield ClockChange(change.at, change.before, change.after, effect, example)
        else:
            effect = Effect.LEFT_OUT if change.skips else Effect.TWICE
            yield ClockChange(change.at, change.before, change.after, effect, example)


def zone_changes(zone: ZoneInfo, begin: datetime, days: int) -> Iterator[ClockChange]:
    """Yield when the offset of a zone changes within so many days."""
    start = begin.astimezone(UTC).replace(second=0, microsecond=0)
    for day in range(days):
        low, high = start + day * _DAY, start + (day + 1) * _DAY
        if _offset(zone, low) == _offset(zone, high):
            continue
        while high - low > timedelta(seconds=1):
            middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
            low, high = (middle, high) if _offset(zone, middle) == _offset(zone, low) else (low, middle)
        naive = high.replace(tzinfo=None)
        yield ClockChange(high, naive + _offset(zone, low), naive + _offset(zone, high))


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
