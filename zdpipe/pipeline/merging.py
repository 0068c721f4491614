"""What Zendesk acknowledged, into the known users."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from zdpipe.pipeline.store import Store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.state.known_users import attachable, merge
from zdpipe.state.runs import RunRow, load_runs
from zdpipe.state.settled import SettledBatch


def merge_account(bench: Workbench, store: Store, account: str) -> Path | None:
    """Merge every settled batch of the account that the known users lack, oldest run first.

    Returns the known users' file, None where there is none yet. Only the account's writer may call this.
    """
    for run in reversed(load_runs(store.connection)):
        if run.account == account:
            merge_run(bench, store, run)
    return attachable(store.folder.known_users(account), bench.clock)


def merge_run(bench: Workbench, store: Store, run: RunRow) -> None:
    """Merge the settled batches of one run; doing it twice changes nothing."""
    batches = store.batches(run)
    numbers: list[int] = []

    def settled() -> Iterator[SettledBatch]:
        for batch in batches.unmerged():
            numbers.append(batch.batch)
            yield batch

    waiting = settled()
    first = next(waiting, None)
    if first is None:
        return
    merge(
        store.folder.known_users(run.account),
        store.folder.outbox(run.run_id),
        _chain(first, waiting),
        run_id=run.run_id,
        query=run.query,
        resources=bench.project.limits.resources(store.folder.temporary),
        clock=bench.clock,
    )
    batches.mark_merged(numbers)


def _chain(first: SettledBatch, rest: Iterator[SettledBatch]) -> Iterator[SettledBatch]:
    yield first
    yield from rest
