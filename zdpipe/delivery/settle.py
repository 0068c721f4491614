"""What became of the users of a batch, written down for every one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from zdpipe.delivery.desk import Desk
from zdpipe.delivery.promoting import promote
from zdpipe.delivery.reconcile import credit_first_sending, read_fates
from zdpipe.delivery.sendable import split_batch
from zdpipe.model.batch import Batch, ItemResult, ItemStatus, OutboxItem
from zdpipe.model.reasons import Failure
from zdpipe.zendesk.wire import read_results

_UNCONFIRMED = "The account does not show what was sent, and Zendesk's results are lost."


def settle_job(
    desk: Desk, batch: Batch, results: Sequence[Mapping[str, Any]], job_seconds: float | None
) -> None:
    """Pair a completed job's results with the batch's users and settle it; raises Mispaired.

    `job_seconds` is how long the job took, None where nobody watched all the time.
    """
    items, skipped = split_batch(desk, batch)
    paired = read_results(results, [item.external_id for item in items])
    known = [replace(result, position=item.position) for item, result in zip(items, paired, strict=True)]
    if batch.was_unsure:
        known = _with_earlier_sendings(desk, batch, items, known)
    _settle(desk, batch, [*promote(desk, items, known), *skipped], job_seconds)


def settle_by_reading(desk: Desk, batch: Batch) -> bool:
    """Settle a rested batch whose users the account shows, all of them, as they were sent; else False.

    Raises MoreToRead where this has to be called again, as `close_by_reading` does.
    """
    items, skipped = split_batch(desk, batch)
    fates = read_fates(desk, batch, items, at_once=1)
    if len(fates) < len(items):
        return False
    _settle(desk, batch, [*promote(desk, items, list(fates.values())), *skipped])
    return True


def close_by_reading(desk: Desk, batch: Batch, *, at_all_costs: bool = False) -> bool:
    """Settle a rested batch that is not to be sent again; False when the account shows nothing of it.

    Those it does not show as they were sent fail as unconfirmed: whatever is planned next sends them again.
    """
    items, skipped = split_batch(desk, batch)
    fates = read_fates(desk, batch, items, at_once=1)
    if not fates and not at_all_costs:
        return False
    results = _with_failures(items, fates, Failure.UNCONFIRMED, _UNCONFIRMED)
    _settle(desk, batch, [*promote(desk, items, results), *skipped])
    return True


def settle_failed(desk: Desk, batch: Batch, reason: str, details: str) -> None:
    """Settle a batch that is given up: its users failed for one reason, but those who arrived nevertheless.

    That somebody did is possible only where an earlier sending may have been taken; the account tells.
    """
    items, skipped = split_batch(desk, batch)
    fates = read_fates(desk, batch, items) if batch.was_unsure else {}
    results = _with_failures(items, fates, reason, details)
    _settle(desk, batch, [*promote(desk, items, results), *skipped])


def settle_skipped(desk: Desk, batch: Batch, skipped: Sequence[ItemResult]) -> None:
    """Settle a batch of which nothing is left to send."""
    _settle(desk, batch, skipped)


def _with_earlier_sendings(
    desk: Desk, batch: Batch, items: Sequence[OutboxItem], results: Sequence[ItemResult]
) -> list[ItemResult]:
    """Give an earlier sending of the batch, whose results are lost, its due: whom it created or updated."""
    credited = credit_first_sending(desk, batch, items, results)
    failed = {result.position for result in credited if result.status is ItemStatus.FAILED}
    fates = read_fates(desk, batch, [item for item in items if item.position in failed])
    return [fates.get(result.position, result) for result in credited]


def _with_failures(
    items: Sequence[OutboxItem], fates: Mapping[int, ItemResult], reason: str, details: str
) -> list[ItemResult]:
    return [
        fates.get(item.position) or ItemResult(item.position, ItemStatus.FAILED, None, reason, details)
        for item in items
    ]


def _settle(
    desk: Desk, batch: Batch, results: Sequence[ItemResult], job_seconds: float | None = None
) -> None:
    ordered = sorted(results, key=lambda result: result.position)
    desk.store.settle(batch, ordered, desk.clock.now(), job_seconds, desk.client.zendesk_time())
    desk.readings.forget(batch.key)
    desk.progress.settled(len(ordered))
