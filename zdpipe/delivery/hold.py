"""A stop to sending for a while, with its reason."""

from __future__ import annotations

from zdpipe.clock import Clock
from zdpipe.model.progress import Progress


class Hold:
    """Nothing is sent until it is over; polling goes on."""

    def __init__(self, clock: Clock, progress: Progress) -> None:
        self._clock = clock
        self._progress = progress
        self._until = clock.monotonic()

    def begin(self, seconds: float, why: str) -> None:
        """Hold from now for that long, or for as long as an earlier hold still lasts."""
        self._until = max(self._until, self._clock.monotonic() + seconds)
        self._progress.waiting(why, seconds)

    def left(self) -> float:
        """Return the seconds until it is over, 0 when nothing holds."""
        return max(0.0, self._until - self._clock.monotonic())
