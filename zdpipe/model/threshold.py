"""A threshold that a run was over."""

from __future__ import annotations

from dataclasses import dataclass

from zdpipe.model.guard import Guard


@dataclass(frozen=True, slots=True)
class Threshold:
    """A key of [guards]: what it says now, and what it had to say for the run to pass, both as in the file.

    `place` is the file and the line of the key; of its table, or of the file, where it is not written down.
    """

    table: str
    guard: Guard
    words: str
    now: str
    needed: str
    is_enough: bool
    is_set: bool
    place: str

    def as_json(self) -> dict[str, object]:
        """Return the JSON shape."""
        return {
            "key": f"{self.table}.{self.guard}",
            "place": self.place,
            "is_set": self.is_set,
            "now": self.now,
            "needed": self.needed,
        }
