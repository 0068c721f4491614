"""Which users of a batch still make sense to send."""

from __future__ import annotations

from zdpipe.delivery.desk import Desk
from zdpipe.model.batch import Batch, ItemResult, ItemStatus, OutboxItem, Sending

LEAD_FAILED = "lead_failed"
_DETAILS = "Not sent: Zendesk refused this customer's own row."


def split_batch(desk: Desk, batch: Batch) -> tuple[list[OutboxItem], list[ItemResult]]:
    """Return the users to send, and results for those whose person failed in an earlier batch.

    A further address sent for a person that was never created would create one without their data.
    What an earlier batch's results say is final, so asking again gives the same answer.
    """
    send, skipped = [], []
    for item in desk.outbox.items(batch.number):
        if _lead_failed(desk, item):
            skipped.append(ItemResult(item.position, ItemStatus.FAILED, None, LEAD_FAILED, _DETAILS))
        else:
            send.append(item)
    return send, skipped


def _lead_failed(desk: Desk, item: OutboxItem) -> bool:
    if item.previous is None:
        return False
    batch, position = item.previous
    result = desk.store.results(batch)[position]
    if result.status is not ItemStatus.FAILED:
        return False
    previous = desk.outbox.items(batch)[position]
    return previous.sending is not Sending.EMAIL or result.reason == LEAD_FAILED
