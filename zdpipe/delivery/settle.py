"""A job's results, written down for every user of its batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from zdpipe.delivery.desk import Desk
from zdpipe.delivery.sendable import split_batch
from zdpipe.model.batch import Batch, ItemResult, ItemStatus, OutboxItem, Sending
from zdpipe.zendesk.wire import read_results


def settle_job(
    desk: Desk, batch: Batch, results: Sequence[Mapping[str, Any]], job_seconds: float | None
) -> None:
    """Pair a completed job's results with the batch's users and settle it; raises Mispaired.

    `job_seconds` is how long the job took, None where nobody watched all the time.
    """
    items, skipped = split_batch(desk, batch)
    paired = read_results(results, [item.external_id for item in items])
    known = [replace(result, position=item.position) for item, result in zip(items, paired, strict=True)]
    if batch.was_unsure and batch.first_sent_at is not None:
        known = _credit_first_sending(desk, items, known, batch.first_sent_at)
    _settle(desk, batch, known + skipped, job_seconds)


def settle_refused(desk: Desk, batch: Batch, reason: str, details: str) -> None:
    """Settle a batch that Zendesk refuses whole: all its users failed for the same reason."""
    items, skipped = split_batch(desk, batch)
    failed = [ItemResult(item.position, ItemStatus.FAILED, None, reason, details) for item in items]
    _settle(desk, batch, failed + skipped)


def settle_skipped(desk: Desk, batch: Batch, skipped: Sequence[ItemResult]) -> None:
    """Settle a batch of which nothing is left to send."""
    _settle(desk, batch, skipped)


def settle_read(desk: Desk, batch: Batch, results: Sequence[ItemResult]) -> None:
    """Settle a batch with what reading the account told of its users."""
    _settle(desk, batch, results)


def _settle(
    desk: Desk, batch: Batch, results: Sequence[ItemResult], job_seconds: float | None = None
) -> None:
    ordered = sorted(results, key=lambda result: result.position)
    desk.store.settle(batch, ordered, desk.clock.now(), job_seconds)
    desk.progress.settled(len(ordered))


def _credit_first_sending(
    desk: Desk, items: Sequence[OutboxItem], results: list[ItemResult], first_sent_at: datetime
) -> list[ItemResult]:
    """Count as created who came into being by the sending whose answer was lost.

    Zendesk says "Updated" of them when they are sent again. Their `created_at`, in whole seconds, is not
    before the first sending by the server's own clock.
    """
    doubtful = {
        result.zendesk_id
        for item, result in zip(items, results, strict=True)
        if item.sending is Sending.CREATE and result.status is ItemStatus.UPDATED and result.zendesk_id
    }
    if not doubtful:
        return results
    since = first_sent_at.replace(microsecond=0)
    users = desk.client.users(sorted(doubtful))
    born = {user.user_id for user in users if user.created_at >= since}
    return [
        replace(result, status=ItemStatus.CREATED) if result.zendesk_id in born & doubtful else result
        for result in results
    ]
