"""`[alerts]`: who is told what happens when nobody watches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from zdpipe.model.alert import RECOVERY, Kind
from zdpipe.project.secret import SecretReference
from zdpipe.project.tables import Percent, Table, Texts, matching

_SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%")
_NAME = "the name of a channel has letters, digits and _ . - only, such as ops"
SILENCEABLE = (*Kind, RECOVERY)


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a number may be at most: a count, or with `is_share` percent of a whole."""

    most: float
    is_share: bool = False

    def is_passed(self, part: int, whole: int) -> bool:
        """Whether `part` of `whole` is more than that."""
        return 100 * part > self.most * whole if self.is_share else part > self.most

    def __str__(self) -> str:
        return f"{self.most:g}%" if self.is_share else f"{self.most:g}"

    def __repr__(self) -> str:
        return f'"{self}"' if self.is_share else str(self)


def _as_threshold(value: Any) -> Any:
    if isinstance(value, Threshold):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Threshold(value)
    share = _SHARE.fullmatch(value) if isinstance(value, str) else None
    if share is None or float(share[1]) > 100:
        raise ValueError('a whole number from 0, or a share such as "5%", is needed')
    return Threshold(float(share[1]), is_share=True)


def _check_kinds(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if value not in SILENCEABLE:
            raise ValueError(f"words out of {', '.join(SILENCEABLE)} are needed")
    return values


Limit = Annotated[Threshold | None, BeforeValidator(_as_threshold)]


class Alerts(Table):
    """Channels by name, as references to their addresses, and when they are told something.

    `slow` is how many times the usual duration is too long, `full_send` the percent of customers who are
    everybody, `expect` the fewest customers that runs of queries send, by the queries' paths or patterns,
    `timeout` how many seconds all channels together may take.
    """

    channels: dict[Annotated[str, matching("[A-Za-z0-9][A-Za-z0-9_.-]*", _NAME)], SecretReference] = Field(
        default_factory=dict
    )
    silent: Annotated[Texts, AfterValidator(_check_kinds)] = ()
    rejected: Limit = Threshold(5, is_share=True)
    failed: Limit = Threshold(0)
    changed: Limit = None
    slow: Annotated[float, Field(ge=1.5, le=1_000)] = 3.0
    full_send: Percent = 90.0
    expect: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    timeout: Annotated[int, Field(ge=1, le=300)] = 30

    def tells(self, kind: Kind) -> bool:
        """Whether anybody wants to hear of it."""
        return kind not in self.silent

    def expected(self, query: str) -> int:
        """Return how many customers a run of a query sends at least, 0 where nobody said."""
        return max((fewest for name, fewest in self.expect.items() if fnmatchcase(query, name)), default=0)
