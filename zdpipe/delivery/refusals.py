"""Requests that Zendesk refuses whole, cut down until the users it means stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from zdpipe.delivery.desk import Desk
from zdpipe.delivery.settle import settle_failed
from zdpipe.model.batch import MOST_USERS_PER_REQUEST, Batch, OutboxItem
from zdpipe.model.reasons import Failure
from zdpipe.zendesk.failures import Refused, SignInRefused
from zdpipe.zendesk.wire import failure_reason

# These refuse what is in the request; any other refusal concerns the account or the credentials.
_PAYLOAD_STATUSES = frozenset({400, 413, 422})
# So many users refused alone, with nothing taken in between, are no bad rows any more.
_MOST_IN_A_ROW = MOST_USERS_PER_REQUEST


class Refusals:
    """Splits batches that are refused for their content; any other refusal, and too many, stop the run."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._in_a_row = 0

    def accepted(self) -> None:
        """Note that Zendesk took a request: the account as such takes ours."""
        self._in_a_row = 0

    def take(self, batch: Batch, items: Sequence[OutboxItem], refusal: Refused) -> None:
        """Split a batch that was being sent, or fail the one user it holds; raises the refusal otherwise."""
        if not is_about_users(refusal) or self._in_a_row >= _MOST_IN_A_ROW:
            self._desk.store.mark_ready(batch)
            raise refusal
        if len(items) > 1:
            self._desk.store.split(batch, items[len(items) // 2].position)
            return
        self._in_a_row += 1
        settle_failed(self._desk, batch, _reason(refusal.message), refusal.message)


def is_about_users(refusal: Refused) -> bool:
    """Tell whether a refusal concerns what is in the request, and not the account or the credentials."""
    return refusal.status in _PAYLOAD_STATUSES and not isinstance(refusal, SignInRefused)


def _reason(words: str) -> str:
    reason = failure_reason(words)
    return Failure.REFUSED if reason == Failure.OTHER else reason
