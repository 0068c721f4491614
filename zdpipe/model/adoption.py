"""What was learned of an account that had its people before zdpipe came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zdpipe.model.match import Found, Unclear


@dataclass(frozen=True)
class Adoption:
    """Whose users were found, and how much of them differs from the query.

    `read` and `rejected` are rows, `people` the customers of the valid ones. `fields` has for each column the
    adopted people of whom the account holds something else. `listed` tells that all end users were read.
    """

    query: str
    destination: str
    read: int
    rejected: int
    people: int
    found: Mapping[Found, int] = field(default_factory=dict)
    unclear: Mapping[Unclear, int] = field(default_factory=dict)
    fields: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    listed: bool = False
    seconds: float = 0.0

    @property
    def adopted(self) -> int:
        """How many people are known now as the account holds them."""
        return sum(self.found.values())

    @property
    def not_found(self) -> int:
        """How many people have no user, and stay new."""
        return self.people - self.adopted - sum(self.unclear.values())

    def as_json(self) -> dict[str, object]:
        """Return the JSON shape."""
        return {
            "query": self.query,
            "destination": self.destination,
            "counts": {
                "read": self.read,
                "rejected": self.rejected,
                "people": self.people,
                "adopted": self.adopted,
                "by_external_id": self.found.get(Found.EXTERNAL_ID, 0),
                "by_email": self.found.get(Found.EMAIL, 0),
                "not_found": self.not_found,
                "ambiguous": sum(self.unclear.values()),
            },
            "ambiguous": {reason.value: people for reason, people in self.unclear.items()},
            "fields": dict(self.fields),
            "requests": self.requests,
            "listed": self.listed,
            "seconds": round(self.seconds, 3),
        }
