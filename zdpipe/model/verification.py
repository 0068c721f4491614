"""What an account shows of the people a run sent, beside what it sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from zdpipe.model.run import Outcome


class Cause(StrEnum):
    """Why a field is not as a run sent it; every difference has exactly one."""

    DRIFT = "drift"  # somebody else changed it
    MISSED = "missed"  # it never arrived
    LATER = "later"  # a later run of ours wrote it
    GONE = "gone"  # the user is no longer there


class Whereabouts(StrEnum):
    """What is known of a user who is no longer there."""

    DELETED = "deleted"  # nobody else has what named them
    MERGED = "merged"  # another user, who was there before, has it
    REPLACED = "replaced"  # a user who came later has it
    UNKNOWN = "unknown"  # so many are gone that nobody looked


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of a person that is not as it was sent; for a user who is gone there is no field.

    `sent` is what should be there: of a later run, where that wrote the field last, which `by_run` names.
    `shown` is what the account shows instead, None where it shows nothing.
    """

    key: str
    cause: Cause
    zendesk_id: int | None = None
    field: str | None = None
    sent: Any = None
    shown: Any = None
    by_run: str | None = None
    whereabouts: Whereabouts | None = None
    now_with: int | None = None


@dataclass
class Tally:
    """Counts while people are compared: `values` are fields of people, `gone` are people."""

    values: int = 0
    same: int = 0
    later: int = 0
    drift: int = 0
    missed: int = 0
    gone: int = 0

    def take(self, difference: Difference) -> None:
        """Count a difference."""
        name = difference.cause.value
        setattr(self, name, getattr(self, name) + 1)

    @property
    def is_good(self) -> bool:
        """Whether everything is there as it was sent, or as a later run of ours sent it."""
        return not (self.drift or self.missed or self.gone)


@dataclass(frozen=True)
class Verification:
    """A run that was read back.

    `people` were looked for: all of whom something was acknowledged, or the `sample` of them. `failed` and
    `pending` rows of the run and people who were `forgotten` since were not. `outcome` is the run's as it
    stands: running only while a process is at work on it.
    """

    run_id: str
    query: str
    destination: str
    sample: int | None
    people: int
    tally: Tally
    failed: int
    pending: int
    forgotten: int
    requests: int
    differences: Sequence[Difference] = ()
    outcome: Outcome = Outcome.SUCCEEDED

    @property
    def is_good(self) -> bool:
        """Whether everything is there as it was sent, or as a later run of ours sent it."""
        return self.tally.is_good
