"""The fate of a batch whose answer was lost, read from the account instead of sent again."""

from __future__ import annotations

from zdpipe.delivery.desk import Desk
from zdpipe.delivery.sendable import split_batch
from zdpipe.delivery.settle import settle_read
from zdpipe.model.batch import Batch, ItemResult, ItemStatus, OutboxItem, Sending
from zdpipe.model.reasons import Failure

_DETAILS = "Zendesk's answer was lost, and reading the account does not tell whether this was written."


def settle_by_reading(desk: Desk, batch: Batch) -> bool:
    """Settle a rested batch when the account shows that Zendesk took it; False when nothing shows it.

    Who was created not before the first sending, by the server's own clock, was created by it. Of all others
    nobody knows, and they fail as unconfirmed: whatever is planned next sends them again.
    """
    items, skipped = split_batch(desk, batch)
    born = _born(desk, batch, items)
    if not born:
        return False
    settle_read(desk, batch, [_result(item, born) for item in items] + skipped)
    return True


def _born(desk: Desk, batch: Batch, items: list[OutboxItem]) -> dict[str, int]:
    """Return Zendesk's ids of the users that the batch created, by their folded external_id."""
    wanted = [item.external_id for item in items if item.sending is Sending.CREATE and item.external_id]
    if batch.first_sent_at is None or not wanted:
        return {}
    since = batch.first_sent_at.replace(microsecond=0)
    users = desk.client.users_of(wanted)
    return {
        _folded(user.external_id): user.user_id
        for user in users
        if user.external_id and user.created_at >= since
    }


def _result(item: OutboxItem, born: dict[str, int]) -> ItemResult:
    zendesk_id = born.get(_folded(item.external_id or "")) if item.sending is Sending.CREATE else None
    if zendesk_id is None:
        return ItemResult(item.position, ItemStatus.FAILED, None, Failure.UNCONFIRMED, _DETAILS)
    return ItemResult(item.position, ItemStatus.CREATED, zendesk_id)


def _folded(external_id: str) -> str:
    # Zendesk compares external_ids case-blind (Users API, Create Or Update User).
    return external_id.strip().lower()
