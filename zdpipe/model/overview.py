"""An orchestration at a glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from zdpipe.model.clock_change import ClockChange
from zdpipe.model.orchestration import Occasion, OnFailure


@dataclass(frozen=True)
class Overview:
    """What the project says of an orchestration, when it is due next, and how it went last.

    `changes` are those of its zone's clock within a year. `skipped` is the last time that it was due while it
    was still going, None where `last` began later.
    """

    name: str
    queries: Sequence[str]
    destination: str | None
    schedule: str | None
    timezone: str
    on_failure: OnFailure = OnFailure.STOP
    canary: int | None = None
    guards: Mapping[str, object] = field(default_factory=dict)
    next_times: Sequence[datetime] = ()
    changes: Sequence[ClockChange] = ()
    last: Occasion | None = None
    skipped: Occasion | None = None

    def as_json(self) -> dict[str, object]:
        """Return the JSON shape."""
        return {
            "name": self.name,
            "queries": list(self.queries),
            "destination": self.destination,
            "schedule": self.schedule,
            "timezone": self.timezone,
            "on_failure": self.on_failure.value,
            "canary": self.canary,
            "guards": dict(self.guards),
            "next": [time.isoformat() for time in self.next_times],
            "clock_changes": [change.as_json() for change in self.changes],
            "last": self.last.as_json() if self.last else None,
            "skipped": self.skipped.as_json() if self.skipped else None,
        }
