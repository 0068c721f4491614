"""`zdpipe verify`: read back what a run sent, and tell who changed what since."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from zdpipe.engine.spill import spill_folder
from zdpipe.errors import StateError, UsageProblem
from zdpipe.model.run import Outcome
from zdpipe.model.verification import Difference, Tally, Verification
from zdpipe.pipeline.account import open_account
from zdpipe.pipeline.history import newest_run, standing
from zdpipe.pipeline.judging import Judge
from zdpipe.pipeline.later import LaterRuns
from zdpipe.pipeline.merging import merge_unless_going
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.users import UserReader
from zdpipe.pipeline.workbench import Workbench
from zdpipe.pipeline.writer import is_going
from zdpipe.state.acknowledged import AcknowledgedPeople, acknowledged, people_of
from zdpipe.state.outbox import Outbox
from zdpipe.state.runs import RunRow
from zdpipe.state.spooled import Spooled


def verify_run(bench: Workbench, run_id: str | None = None, *, sample: int | None = None) -> Verification:
    """Compare what Zendesk acknowledged of a run, by default the newest, with what it shows now.

    It only reads, and so works beside a run that is going. With `sample` so many people are looked at, drawn
    by lot. Raises UsageProblem for a run that sent nobody, StateError for one whose files are gone.
    """
    with open_store(bench) as store:
        run = store.run(newest_run(store, run_id))
        outcome, _ = standing(bench, run)
        _refuse_unsent(bench, run)
        reached = _people(bench, store, run, sample)
        tally, requests = Tally(), 0
        differences: Sequence[Difference] = ()
        if reached.people:
            tally, differences, requests = _read_back(bench, store, run, reached)
    return Verification(
        run_id=run.run_id,
        query=run.query,
        destination=run.destination,
        sample=sample,
        people=_wanted(reached),
        tally=tally,
        failed=run.counts.failed,
        pending=run.counts.pending,
        forgotten=reached.forgotten,
        requests=requests,
        differences=differences,
        outcome=outcome,
    )


def _refuse_unsent(bench: Workbench, run: RunRow) -> None:
    """Raise UsageProblem for a run that ended, or has come no further, before it sent anybody."""
    if run.planned and run.finished_at is not None and run.stop is not None:
        raise UsageProblem(
            f"Run {run.run_id} sent nobody. {run.stop.message}", run.stop.hint, code="nothing_sent"
        )
    if not run.planned and run.outcome is Outcome.RUNNING and is_going(bench, run.account):
        raise UsageProblem(
            f"Run {run.run_id} has sent nobody yet: it is being planned.",
            f"Repeat the command once it sends; this tells: zdpipe runs show {run.run_id}",
            code="nothing_sent",
        )
    if not run.planned:
        cure = f"zdpipe resume {run.run_id}" if run.finished_at is None else f"zdpipe run {run.query}"
        raise UsageProblem(
            f"Run {run.run_id} sent nobody: it did not come to the end of its plan.",
            f"Let it send first: {cure}",
            code="nothing_sent",
        )


def _people(bench: Workbench, store: Store, run: RunRow, sample: int | None) -> AcknowledgedPeople:
    """Return of whom something was acknowledged; without their outbox nobody knows them."""
    if run.counts.created + run.counts.updated == 0:
        return AcknowledgedPeople(0, 0, None if sample is None else frozenset())
    outbox = store.folder.outbox(run.run_id)
    if not outbox.exists():
        raise StateError(
            f"The files of run {run.run_id} are gone, so nobody can tell any more what it sent.",
            f"Send everybody once more, and verify that run: zdpipe run {run.query} --full",
            code="files_gone",
        )
    with spill_folder(store.folder.temporary) as folder:
        resources = bench.project.limits.resources(folder)
        return people_of(store.connection, run.run_id, outbox, resources, sample=sample)


def _wanted(reached: AcknowledgedPeople) -> int:
    return reached.people if reached.drawn is None else len(reached.drawn)


def _read_back(
    bench: Workbench, store: Store, run: RunRow, reached: AcknowledgedPeople
) -> tuple[Tally, Sequence[Difference], int]:
    """Return the counts, the differences, and the requests it took."""
    destination = bench.destination_of(run)
    known = merge_unless_going(bench, store, run.account)
    later = LaterRuns(store, run, known, bench.clock)
    with (
        Outbox(store.folder.outbox(run.run_id)) as outbox,
        open_account(bench, destination) as client,
    ):
        watch = partial(_tell, bench, people=_wanted(reached))
        judge = Judge(UserReader(bench, client, destination), later, watch)
        sent = acknowledged(store.connection, run.run_id, outbox)
        drawn = reached.drawn
        wanted = sent if drawn is None else (each for each in sent if each.item.key in drawn)
        differences = Spooled(store.folder.temporary, judge.differences(wanted))
        return judge.tally, differences, client.requests


def _tell(bench: Workbench, read: int, *, people: int) -> None:
    bench.progress.stage(f"reading back, {min(read, people):,} of {people:,} customers so far")
