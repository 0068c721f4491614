"""Time as an object: the one home of now() and sleep()."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from threading import Event
from typing import Protocol

from zdpipe.errors import STOPPED, Interrupted


class Clock(Protocol):
    """What the core asks about time; tests hand in a clock of their own."""

    def now(self) -> datetime:
        """Return the wall clock's time, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards, from an arbitrary start."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds; raise Interrupted as soon as a person asks the program to stop.

        Zero seconds only ask whether to stop: loops call it where stopping is safe.
        """
        ...


class SystemClock:
    """The machine's clock; setting `stop` ends every sleep at once with Interrupted."""

    def __init__(self, stop: Event | None = None) -> None:
        self.stop = stop or Event()

    def now(self) -> datetime:
        """Return the wall clock's time, in UTC."""
        return datetime.now(UTC)  # noqa: TID251

    def monotonic(self) -> float:
        """Return seconds that never run backwards, from an arbitrary start."""
        return time.monotonic()  # noqa: TID251

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds; raise Interrupted when `stop` is set before or meanwhile."""
        if self.stop.wait(max(0.0, seconds)):
            raise Interrupted(STOPPED)
