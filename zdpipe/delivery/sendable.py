"""Which users of a batch still make sense to send."""

from __future__ import annotations

from functools import cache

from zdpipe.delivery.desk import Desk
from zdpipe.model.batch import Batch, ItemResult, ItemStatus, OutboxItem, Sending
from zdpipe.model.reasons import Failure

LEAD_FAILED = Failure.LEAD_FAILED
_DETAILS = "Not sent: this customer's own row did not arrive."


def split_batch(desk: Desk, batch: Batch) -> tuple[list[OutboxItem], list[ItemResult]]:
    """Return a batch's users to send, and results for those whose person failed in an earlier batch.

    A further address sent for a person that was never created would create one without their data.
    What an earlier batch's results say is final, so asking again gives the same answer.
    """
    send, skipped = [], []
    failed_lead = _FailedLeads(desk)
    for item in desk.outbox.items(batch.number):
        if not batch.holds(item.position):
            continue
        if item.previous is not None and failed_lead.of(*item.previous):
            skipped.append(ItemResult(item.position, ItemStatus.FAILED, None, LEAD_FAILED, _DETAILS))
        else:
            send.append(item)
    return send, skipped


class _FailedLeads:
    """Looks into the results of earlier batches, each read once."""

    def __init__(self, desk: Desk) -> None:
        self._results = cache(desk.store.results)
        self._items = cache(desk.outbox.items)

    def of(self, batch: int, position: int) -> bool:
        """Tell whether the person of an earlier object has no user to add an address to."""
        result = self._results(batch)[position]
        # An address that could not be made the primary one is there, and so is its person.
        if result.status is not ItemStatus.FAILED or result.reason == Failure.PRIMARY_REFUSED:
            return False
        return self._items(batch)[position].sending is not Sending.EMAIL or result.reason == LEAD_FAILED
