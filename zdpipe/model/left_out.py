"""Times of a schedule that a plain calendar leaves out when the clock changes."""

from __future__ import annotations

from datetime import datetime, timedelta

from zdpipe.model.clock_change import ClockChange, Effect, clock_changes
from zdpipe.model.schedule import Schedule

# What is written for a timer holds for the changes of so many days; laws about them rarely live longer.
DAYS_AHEAD = 3660
_BEFORE = timedelta(seconds=1)


def moved(schedule: Schedule, now: datetime) -> list[ClockChange]:
    """Return the changes at which times are skipped that the schedule makes up for right afterwards."""
    return [change for change in clock_changes(schedule, now, DAYS_AHEAD) if change.effect is Effect.MOVED]


def second_passings(schedule: Schedule, now: datetime) -> list[datetime]:
    """Return the times in hours that come twice, at their second passing, where the schedule has them too."""
    times: list[datetime] = []
    for change in clock_changes(schedule, now, DAYS_AHEAD):
        if change.effect is Effect.TWICE:
            end = change.at + (change.before - change.after)
            times += schedule.between(change.at - _BEFORE, end - _BEFORE)
    return times
