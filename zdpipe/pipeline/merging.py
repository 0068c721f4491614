"""What Zendesk acknowledged, into the known users."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import polars as pl

from zdpipe.engine.spill import spill_folder
from zdpipe.errors import StateLocked
from zdpipe.pipeline.removing import strike_removed
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.pipeline.writer import is_going
from zdpipe.state.errand_file import read_errand
from zdpipe.state.known_gone import EndedErrand, merge_errands, merge_members
from zdpipe.state.known_users import attachable, merge
from zdpipe.state.locks import merging_into
from zdpipe.state.others import leave_to_others
from zdpipe.state.runs import RunRow, load_runs
from zdpipe.state.settled import SettledBatch

# Of a hundred people each, in one transaction.
_ERRANDS_AT_ONCE = 100


def merge_account(bench: Workbench, store: Store, account: str) -> Path | None:
    """Merge every settled batch of the account that the known users lack, oldest run first.

    Returns the known users' file, None where there is none yet.
    """
    known = store.folder.known_users(account)
    with merging_into(known):
        _merge_all(bench, store, account)
    return attachable(known, bench.clock)


def merge_unless_going(bench: Workbench, store: Store, account: str) -> Path | None:
    """Do the same for somebody who only reads: neither waits for a run, nor makes one wait for long."""
    known = store.folder.known_users(account)
    with suppress(StateLocked), merging_into(known, wait=False):
        # A run that starts from here on merges first, and so waits until this is through.
        if not is_going(bench, account):
            _merge_all(bench, store, account)
    return attachable(known, bench.clock)


def merge_run(bench: Workbench, store: Store, run: RunRow) -> None:
    """Merge the settled batches of one run; doing it twice changes nothing."""
    with merging_into(store.folder.known_users(run.account)):
        _merge_one(bench, store, run)


def remember_answers(bench: Workbench, store: Store, account: str, answers: pl.DataFrame) -> None:
    """Remember which fields of known people are others', so that nobody is asked about them again.

    Those of people who are new come with what Zendesk acknowledges of them. Where somebody reads the known
    users for long, the next run asks once more.
    """
    known = store.folder.known_users(account)
    if answers.is_empty() or not known.exists():
        return
    with (
        suppress(StateLocked),
        merging_into(known),
        spill_folder(store.folder.temporary) as spill,
    ):
        leave_to_others(known, answers, bench.project.limits.resources(spill), bench.clock)


def _merge_all(bench: Workbench, store: Store, account: str) -> None:
    for run in reversed(load_runs(store.connection)):
        if run.account == account:
            _merge_one(bench, store, run)


def _merge_one(bench: Workbench, store: Store, run: RunRow) -> None:
    _merge_batches(bench, store, run)
    strike_removed(bench, store, run)
    _merge_members(bench, store, run)
    _merge_errands(bench, store, run)


def _merge_members(bench: Workbench, store: Store, run: RunRow) -> None:
    """Take over whom the query has; the file goes once that is done, and doing it twice changes nothing."""
    members, known = store.folder.members(run.run_id), store.folder.known_users(run.account)
    if not members.exists() or not run.planned:
        return
    with spill_folder(store.folder.temporary) as spill:
        merge_members(known, members, run.query, bench.project.limits.resources(spill), bench.clock)
    members.unlink()


def _merge_errands(bench: Workbench, store: Store, run: RunRow) -> None:
    errands, file = store.errands(run), store.folder.errands(run.run_id)
    if not file.exists():
        return  # whoever was taken care of counts as gone once more, and the account tells that it was done
    settled = errands.unmerged()
    for start in range(0, len(settled), _ERRANDS_AT_ONCE):
        portion = settled[start : start + _ERRANDS_AT_ONCE]
        with spill_folder(store.folder.temporary) as spill:
            merge_errands(
                store.folder.known_users(run.account),
                [
                    EndedErrand(number, settled_at, read_errand(file, number), errands.fates(number))
                    for number, settled_at in portion
                ],
                run_id=run.run_id,
                query=run.query,
                resources=bench.project.limits.resources(spill),
                clock=bench.clock,
            )
        errands.mark_merged([number for number, _ in portion])


def _merge_batches(bench: Workbench, store: Store, run: RunRow) -> None:
    if not store.folder.outbox(run.run_id).exists():
        return  # what was acknowledged cannot be told any more; the next run sends it again
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
    with spill_folder(store.folder.temporary) as spill:
        merge(
            store.folder.known_users(run.account),
            store.folder.outbox(run.run_id),
            _chain(first, waiting),
            run_id=run.run_id,
            query=run.query,
            resources=bench.project.limits.resources(spill),
            clock=bench.clock,
        )
    batches.mark_merged(numbers)


def _chain(first: SettledBatch, rest: Iterator[SettledBatch]) -> Iterator[SettledBatch]:
    yield first
    yield from rest
