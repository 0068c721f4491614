"""A request's worth of users and the states it passes through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# Zendesk Users API, "create or update many users".
MOST_USERS_PER_REQUEST = 100


def batch_size(users_per_second: int) -> int:
    """Return how many users a request may hold so that neither the API's limit nor the pace is passed."""
    return min(MOST_USERS_PER_REQUEST, users_per_second)


class BatchState(StrEnum):
    """Where a batch is on its way."""

    READY = "ready"
    SENDING = "sending"
    ACCEPTED = "accepted"
    UNSURE = "unsure"
    SETTLED = "settled"


# What may be at Zendesk, nobody knows with what result.
IN_FLIGHT = (BatchState.SENDING, BatchState.ACCEPTED, BatchState.UNSURE)

MOVES: frozenset[tuple[BatchState, BatchState]] = frozenset(
    {
        (BatchState.READY, BatchState.SENDING),
        (BatchState.SENDING, BatchState.ACCEPTED),
        (BatchState.SENDING, BatchState.READY),  # surely not taken
        (BatchState.SENDING, BatchState.UNSURE),  # maybe taken
        (BatchState.SENDING, BatchState.SETTLED),  # refused whole, every user with the answer's words
        (BatchState.ACCEPTED, BatchState.SETTLED),
        (BatchState.ACCEPTED, BatchState.UNSURE),  # the job is forgotten
        (BatchState.ACCEPTED, BatchState.READY),  # the job failed whole
        (BatchState.UNSURE, BatchState.READY),
        (BatchState.UNSURE, BatchState.SETTLED),
        (BatchState.READY, BatchState.SETTLED),  # its people's lead failed: nothing to send
    }
)


class Sending(StrEnum):
    """What one user object of a batch is meant to do."""

    CREATE = "create"
    UPDATE = "update"
    EMAIL = "email"  # one further address of a person whose whole row went before


class ItemStatus(StrEnum):
    """What became of one user object."""

    CREATED = "created"
    UPDATED = "updated"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One user object of the outbox: its place, its row in the query's result, and the bytes to send.

    `previous` is the (batch, position) of the same person's object before it, None for the first. With
    `makes_primary` its address is to be the user's primary one.
    """

    batch: int
    position: int
    row: int
    key: str
    external_id: str | None
    sending: Sending
    payload: str
    previous: tuple[int, int] | None = None
    makes_primary: bool = False


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What Zendesk said of the user at one position of a batch."""

    position: int
    status: ItemStatus
    zendesk_id: int | None = None
    reason: str | None = None
    details: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch, or a part of one that was split, as the state knows it; payloads lie in the outbox file.

    `attempts` are the sendings that were taken or may have been, `times_accepted` the jobs made of it.
    It holds the positions from `first` on, `users` of them, of the outbox's batch `number`.
    `after` is the highest batch number that must be settled first, 0 when there is none.
    `first_sent_at` is in Zendesk's time, by the Date header of its answers.
    """

    number: int
    users: int
    state: BatchState
    after: int = 0
    job_id: str | None = None
    attempts: int = 0
    was_unsure: bool = False
    first_sent_at: datetime | None = None
    sent_at: datetime | None = None
    first: int = 0
    times_accepted: int = 0

    @property
    def key(self) -> tuple[int, int]:
        """What tells the parts of a run apart."""
        return self.number, self.first

    def holds(self, position: int) -> bool:
        """Tell whether a position of the outbox's batch belongs to this part."""
        return self.first <= position < self.first + self.users
