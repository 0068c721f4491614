"""When something is due: a cron expression in a time zone, right across changes of the clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import takewhile
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cronsim import CronSim, CronSimError

FIELDS = ("minute", "hour", "day of month", "month", "day of week")
# So many days are looked back for the last time; the longest gap is that of 29 February around 2100.
_WINDOWS = (1 / 24, 1, 32, 366, 8 * 366 + 1)
# An expression without any time in half a century is refused: it is looked for from here.
_FROM = datetime(2024, 1, 1, tzinfo=UTC)
_STAR = "*"


@dataclass(frozen=True)
class Schedule:
    """Times as Debian's cron has them, in the zone's own time.

    One at certain minutes of certain hours runs once for each of its times: after the gap where the clock
    skips the time, and the first time where it comes twice. One whose minute or hour begins with a star goes
    by real time: it does not run in an hour that does not exist, and in one that comes twice it runs twice.
    """

    expression: str
    zone: str

    @classmethod
    def read(cls, expression: str, zone: str = "UTC") -> Schedule:
        """Check an expression; raises ValueError with words for people."""
        fields = expression.split()
        if len(fields) != len(FIELDS):
            raise ValueError(f"five fields are needed: {', '.join(FIELDS)}, such as 30 2 * * *")
        schedule = cls(" ".join(fields), zone)
        try:
            next(CronSim(schedule.expression, _FROM))
        except (CronSimError, ValueError) as error:
            # ValueError: a number of more digits than Python reads.
            field = str(error).removeprefix("Bad ").replace("-", " ")
            what = f"its {field} does not fit" if field in FIELDS else "a number in it does not fit"
            raise ValueError(f"a cron expression such as 30 2 * * * is needed: {what}") from error
        except StopIteration:
            raise ValueError("a time that comes is needed, and this one never does") from None
        return schedule

    @property
    def is_fixed(self) -> bool:
        """Whether it is at certain minutes of certain hours, rather than every so often."""
        minute, hour, *_ = self.expression.split()
        return not minute.startswith(_STAR) and not hour.startswith(_STAR)

    @cached_property
    def tz(self) -> ZoneInfo:
        """The zone."""
        return ZoneInfo(self.zone)

    @cached_property
    def parts(self) -> CronSim:
        """The expression's fields as sets."""
        return CronSim(self.expression, _FROM)

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Yield the times after a moment, without end, in the zone."""
        last = moment
        for time in CronSim(self.expression, moment.astimezone(self.tz)):
            # Begun within the hour that comes twice, the library returns to its first passing.
            if time.astimezone(UTC) > last.astimezone(UTC):
                last = time
                yield time

    def between(self, begin: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the times after `begin` up to and including `end`."""
        return takewhile(lambda time: time.astimezone(UTC) <= end.astimezone(UTC), self.after(begin))

    def latest(self, moment: datetime) -> datetime | None:
        """Return the last time that is not after a moment; None where there was none for eight years."""
        for days in _WINDOWS:
            found = deque(self.between(moment - timedelta(days=days), moment), maxlen=1)
            if found:
                return found.pop()
        return None

    def on_the_wall(self, begin: datetime, end: datetime) -> datetime | None:
        """Return the first time from `begin` on and before `end` on a clock that never changes."""
        time = next(CronSim(self.expression, begin - timedelta(seconds=1)))
        return time if time < end else None


def known_zone(name: str) -> bool:
    """Tell whether the machine's database, or that of the package tzdata, has a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def all_zones() -> set[str]:
    """Return the names of all time zones."""
    return available_timezones()
