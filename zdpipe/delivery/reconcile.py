"""The fate of users whose results are lost, read from the account."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from zdpipe.delivery.desk import Desk
from zdpipe.delivery.evidence import arrived
from zdpipe.delivery.readings import MoreToRead, Reading
from zdpipe.model.batch import Batch, ItemResult, ItemStatus, OutboxItem, Sending
from zdpipe.zendesk.wire import User


def read_fates(
    desk: Desk, batch: Batch, items: Sequence[OutboxItem], *, at_once: int | None = None
) -> dict[int, ItemResult]:
    """Return, by position, what became of those users of whom the account shows everything that was sent.

    Who was created not before the batch's first sending, by the server's own clock, was created by it, unless
    another run counts the same creation.
    Costs a look-up for a hundred users with an external_id, and one for each that is known by an address.
    Raises MoreToRead after `at_once` of the latter, to be called again; what was read is kept.
    """
    reading = desk.readings.of(batch.key)
    reading.look_up(desk.client, [item.external_id for item in items if item.external_id is not None])
    shown: list[tuple[OutboxItem, User]] = []
    left = at_once
    for item in items:
        if left == 0 and not _is_read(reading, item):
            raise MoreToRead
        if left is not None and not _is_read(reading, item):
            left -= 1
        user = _user(desk, reading, item)
        if user is not None and arrived(item, user):
            shown.append((item, user))
    born = _born_of(desk, batch, [user for _, user in shown])
    return {item.position: _result(item, user, born) for item, user in shown}


def credit_first_sending(
    desk: Desk, batch: Batch, items: Sequence[OutboxItem], results: Sequence[ItemResult]
) -> list[ItemResult]:
    """Count as created who came into being by a sending whose answer was lost.

    Zendesk says "Updated" of them when they are sent again.
    """
    doubtful = {
        result.zendesk_id
        for item, result in zip(items, results, strict=True)
        if item.sending is not Sending.EMAIL and result.status is ItemStatus.UPDATED and result.zendesk_id
    }
    if not doubtful:
        return list(results)
    born = _born_of(desk, batch, desk.client.users(sorted(doubtful))) & doubtful
    return [
        ItemResult(result.position, ItemStatus.CREATED, result.zendesk_id)
        if result.zendesk_id in born
        else result
        for result in results
    ]


def _is_read(reading: Reading, item: OutboxItem) -> bool:
    return item.external_id is not None or reading.knows(_email(item))


def _user(desk: Desk, reading: Reading, item: OutboxItem) -> User | None:
    """Return the user of one object, None where there is none or more than one."""
    if item.external_id is not None:
        return reading.of_external_id(item.external_id)
    return reading.of_email(desk.client, _email(item))


def _email(item: OutboxItem) -> str:
    return str(json.loads(item.payload)["email"])


def _result(item: OutboxItem, user: User, born: Collection[int]) -> ItemResult:
    # Somebody known before may have been deleted since, and is then created anew.
    is_new = item.sending is not Sending.EMAIL and user.user_id in born
    return ItemResult(item.position, ItemStatus.CREATED if is_new else ItemStatus.UPDATED, user.user_id)


def _born_of(desk: Desk, batch: Batch, users: Sequence[User]) -> set[int]:
    """Return whom the sendings of a batch created: who is no older, and counts for no other run."""
    if batch.first_sent_at is None:
        return set()
    since = batch.first_sent_at.replace(microsecond=0)  # `created_at` has whole seconds
    born = {user.user_id for user in users if user.created_at >= since}
    return born - desk.store.created_by_others(born)
