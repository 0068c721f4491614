"""The fields of a query, and the names their values bear inside the workspace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

RECORD_COLUMNS = ("row", "key", "external_id", "email")


@dataclass(frozen=True, slots=True)
class Columns:
    """Every output column that can be sent, but `external_id` and `email`, which have columns of their own.

    Values lie in columns named by position (`v0`, `v1`, …): DuckDB would take two fields whose names differ
    only in case for one.
    """

    names: tuple[str, ...]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield (field, column of its value)."""
        return ((name, f"v{index}") for index, name in enumerate(self.names))

    def listed(self, template: str = "{slot}") -> str:
        """Return the template once for each field, comma-separated, or nothing where there are no fields.

        Each entry starts with a comma, so that the list can follow other columns directly.
        """
        return "".join(", " + template.format(name=name, slot=slot) for name, slot in self)
