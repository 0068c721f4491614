"""A clock that tests turn."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from zdpipe.errors import STOPPED, Interrupted

# A loop that sleeps this often without an end is a loop that never ends.
_MOST_SLEEPS = 200_000


class FakeClock:
    """Sleeping advances both times at once; `set_back` and `set_ahead` move the wall clock alone.

    `interrupt_at` is the number of the sleep, counted from 1, that a person's ^C ends.
    """

    def __init__(self, start: datetime = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = 0.0
        self._error = 0.0
        self.sleeps: list[float] = []
        self.interrupt_at: int | None = None
        self.on_sleep: Callable[[], None] | None = None

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed + self._error)

    def true_now(self) -> datetime:
        """Return what a clock shows that nobody set: the one of the other side."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return 1_000.0 + self._elapsed

    def sleep(self, seconds: float) -> None:
        if math.isinf(seconds) or math.isnan(seconds) or seconds < 0:
            raise ValueError(f"nobody can sleep {seconds} seconds")
        self.sleeps.append(seconds)
        if len(self.sleeps) > _MOST_SLEEPS:
            raise AssertionError("the loop does not end")
        if self.on_sleep is not None:
            self.on_sleep()
        if self.interrupt_at == len(self.sleeps):
            raise Interrupted(STOPPED)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self._elapsed += seconds

    @property
    def elapsed(self) -> float:
        return self._elapsed

    def set_ahead(self, seconds: float) -> None:
        self._error += seconds

    def set_back(self, seconds: float) -> None:
        self._error -= seconds
