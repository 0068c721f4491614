"""How many jobs may be in flight, so that others on the account find free slots too."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from statistics import median

# Zendesk rate limits page: at most 30 bulk jobs queued or running, shared with everybody on the account.
MOST_JOBS = 30
# So many jobs tell how long jobs take at the moment.
_RECENT = 15
# Jobs are asked about now and then, and some take longer than most.
_SLACK = 2.0


class Window:
    """The most jobs in flight: what their duration needs, what Zendesk has free, and never above 30.

    At 100 users a second and ten seconds a job, ten jobs of a hundred keep the pace; many more of them would
    only stand in the way of others. Slots that turn out to be taken shrink the window, jobs that are taken
    let it grow again one by one.
    """

    def __init__(self, users_per_second: int, batch_size: int) -> None:
        self._pace = users_per_second
        self._spare = 2 * batch_size
        self._seconds: deque[float] = deque(maxlen=_RECENT)
        self._most = MOST_JOBS

    def has_room(self, ages: Collection[float], users: int) -> bool:
        """Tell whether one more job may start beside those in flight: their ages in seconds, their users."""
        return len(ages) < self._most and users < self._needed(ages)

    def taken(self) -> None:
        """Note that Zendesk took a job."""
        self._most = min(MOST_JOBS, self._most + 1)

    def full(self, own: int) -> None:
        """Note that Zendesk had no slot left beside so many jobs of our own."""
        self._most = max(1, own)

    def ended(self, seconds: float) -> None:
        """Note how long a job took."""
        self._seconds.append(seconds)

    def _needed(self, ages: Collection[float]) -> float:
        """Return the users in flight that keep the pace while jobs take as long as they do."""
        typical = median(self._seconds) if self._seconds else 0.0
        lasting = max(typical, max(ages, default=0.0))
        return self._pace * lasting * _SLACK + self._spare
