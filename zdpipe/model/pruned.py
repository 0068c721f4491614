"""What a pruning took away, and what it left although there are newer runs enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Held(StrEnum):
    """Why an old finished run stays."""

    NOT_MERGED = "not_merged"
    RETRIED = "retried"
    LAST_COMPLETE = "last_complete"


HELD: Mapping[Held, str] = {
    Held.NOT_MERGED: "What Zendesk acknowledged in it is not among the known users yet.",
    Held.RETRIED: "An unfinished run sends its failed customers again, or takes it back.",
    Held.LAST_COMPLETE: "It is the newest one that went through for all customers of its query.",
}


@dataclass(frozen=True)
class Pruned:
    """The runs removed, oldest first, those held back with the reason, and the room that was given back.

    `keep` is how many finished runs of each query and account stay; `orphans` are folders of runs that the
    state did not know, `leftovers` files of killed processes, `logs` those of bugs older than any run.
    """

    keep: int
    runs: Sequence[str] = ()
    held: Mapping[str, Held] = field(default_factory=dict)
    orphans: int = 0
    leftovers: int = 0
    logs: int = 0
    bytes_freed: int = 0

    def as_json(self) -> dict[str, object]:
        """Return the JSON shape."""
        return {
            "keep": self.keep,
            "runs": list(self.runs),
            "held": {run_id: reason.value for run_id, reason in self.held.items()},
            "orphans": self.orphans,
            "leftovers": self.leftovers,
            "logs": self.logs,
            "bytes_freed": self.bytes_freed,
        }
