"""How fast a run sent over time, and how fast it might have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """User objects that left together, when, and when their outcome was known; None while it is not."""

    users: int
    sent_at: datetime
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """The users a second that were allowed from a moment on."""

    since: datetime
    users_per_second: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time: users a second that left in it, and how many had left and were settled at its end.

    `limit` is in users a second, None where nobody wrote it down. `pause` are the seconds before it in which
    nothing happened and that are left out.
    """

    begins: datetime
    seconds: float
    rate: float
    sent: int
    settled: int
    limit: int | None = None
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class Pace:
    """The stretches of a run in order; none where nothing left."""

    slots: tuple[Slot, ...] = ()

    @property
    def seconds(self) -> float:
        """How long all stretches are together."""
        return sum(slot.seconds for slot in self.slots)

    @property
    def limit(self) -> int | None:
        """The highest limit of any stretch, None where none is known."""
        return max((slot.limit for slot in self.slots if slot.limit is not None), default=None)
