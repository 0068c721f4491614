"""The fields of a query, and the names their values bear inside the workspace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from zdpipe.model.policy import FieldPolicy, Nulls

RECORD_COLUMNS = ("row", "key", "external_id", "email", "unread")


@dataclass(frozen=True, slots=True)
class Columns:
    """Every output column that can be sent, but `external_id` and `email`, which have columns of their own.

    Values lie in columns named by position (`v0`, `v1`, …): DuckDB would take two fields whose names differ
    only in case for one.
    """

    names: tuple[str, ...]
    policies: Mapping[str, FieldPolicy] = field(default_factory=dict)

    def policy(self, name: str) -> FieldPolicy:
        """Return how a field is sent; one without a policy is never cleared."""
        return self.policies.get(name, FieldPolicy(Nulls.OMIT))

    @property
    def clearing(self) -> tuple[tuple[str, str], ...]:
        """(field, column of its value) of those that a null may empty."""
        return tuple((name, slot) for name, slot in self if self.policy(name).clears)

    @property
    def asking(self) -> tuple[tuple[str, str], ...]:
        """(field, column of its value) of those of which the account decides what is sent."""
        return tuple((name, slot) for name, slot in self if self.policy(name).is_asked_about)

    @property
    def merging(self) -> tuple[tuple[str, str], ...]:
        """(field, column of its value) of lists that are sent together with the entries of others."""
        return tuple((name, slot) for name, slot in self if self.policy(name).merges)

    @property
    def filling(self) -> tuple[tuple[str, str], ...]:
        """(field, column of its value) of those that are sent only where the account shows nothing."""
        return tuple((name, slot) for name, slot in self if self.policy(name).only_if_empty)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield (field, column of its value)."""
        return ((name, f"v{index}") for index, name in enumerate(self.names))

    def listed(self, template: str = "{slot}") -> str:
        """Return the template once for each field, comma-separated, or nothing where there are no fields.

        Each entry starts with a comma, so that the list can follow other columns directly.
        """
        return "".join(", " + template.format(name=name, slot=slot) for name, slot in self)
