"""The fate of users whose results are lost, read from the account."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from zdpipe.delivery.desk import Desk
from zdpipe.delivery.evidence import arrived
from zdpipe.model.batch import Batch, ItemResult, ItemStatus, OutboxItem, Sending
from zdpipe.zendesk.wire import User


def read_fates(desk: Desk, batch: Batch, items: Sequence[OutboxItem]) -> dict[int, ItemResult]:
    """Return, by position, what became of those users of whom the account shows everything that was sent.

    Who was created not before the batch's first sending, by the server's own clock, was created by it.
    Costs a look-up for a hundred users with an external_id, and one for each that is known by an address.
    """
    users = _Users(desk, items)
    found = ((item, users.of(item)) for item in items)
    return {
        item.position: _result(item, user, batch.first_sent_at)
        for item, user in found
        if user is not None and arrived(item, user)
    }


def credit_first_sending(
    desk: Desk, batch: Batch, items: Sequence[OutboxItem], results: Sequence[ItemResult]
) -> list[ItemResult]:
    """Count as created who came into being by a sending whose answer was lost.

    Zendesk says "Updated" of them when they are sent again.
    """
    doubtful = {
        result.zendesk_id
        for item, result in zip(items, results, strict=True)
        if item.sending is Sending.CREATE and result.status is ItemStatus.UPDATED and result.zendesk_id
    }
    if not doubtful:
        return list(results)
    users = desk.client.users(sorted(doubtful))
    born = {user.user_id for user in users if _is_born_since(user, batch.first_sent_at)} & doubtful
    return [
        ItemResult(result.position, ItemStatus.CREATED, result.zendesk_id)
        if result.zendesk_id in born
        else result
        for result in results
    ]


class _Users:
    """The account's users that the objects of a batch are about, read together."""

    def __init__(self, desk: Desk, items: Iterable[OutboxItem]) -> None:
        self._desk = desk
        wanted = [item.external_id for item in items if item.external_id is not None]
        users = desk.client.users_of(wanted) if wanted else []
        self._by_external_id = {folded(user.external_id): user for user in users if user.external_id}

    def of(self, item: OutboxItem) -> User | None:
        """Return the user of one object, None where there is none or more than one."""
        if item.external_id is not None:
            return self._by_external_id.get(folded(item.external_id))
        users = self._desk.client.users_with(str(json.loads(item.payload)["email"]))
        return users[0] if len(users) == 1 else None


def _result(item: OutboxItem, user: User, first_sent_at: datetime | None) -> ItemResult:
    is_new = item.sending is Sending.CREATE and _is_born_since(user, first_sent_at)
    return ItemResult(item.position, ItemStatus.CREATED if is_new else ItemStatus.UPDATED, user.user_id)


def _is_born_since(user: User, first_sent_at: datetime | None) -> bool:
    # `created_at` has whole seconds.
    return first_sent_at is not None and user.created_at >= first_sent_at.replace(microsecond=0)


def folded(external_id: str) -> str:
    """Return an external_id as Zendesk compares it: case-blind (Users API, Create Or Update User)."""
    return external_id.strip().lower()
