"""The few customers who go ahead of all others, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# The code of a run's stop where its canary was not as it should be.
CANARY = "canary"


class Fate(StrEnum):
    """What is known of a canary."""

    WAITING = "waiting"  # nobody has looked yet
    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"  # it failed, and somebody let the run go on


@dataclass(frozen=True, slots=True)
class Canary:
    """So many people as were `asked` for go first: `people` of them, in the first `batches` of the outbox."""

    asked: int
    people: int = 0
    batches: int = 0
    fate: Fate = Fate.WAITING

    @property
    def is_awaited(self) -> bool:
        """Whether nothing else may be sent before somebody looked at it."""
        return self.fate is Fate.WAITING and self.batches > 0

    def as_json(self) -> dict[str, object]:
        """Return the JSON shape."""
        return {"asked": self.asked, "people": self.people, "fate": self.fate.value}
