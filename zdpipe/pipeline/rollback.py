"""`zdpipe rollback`: put back what a run changed, as a run of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zdpipe.engine.spill import spill_folder
from zdpipe.errors import StateError, UsageProblem
from zdpipe.model.rollback import RollbackPlan
from zdpipe.model.run import Counts, Effort, Outcome, RunReport
from zdpipe.pipeline.history import report, standing
from zdpipe.pipeline.in_flight import refuse_in_flight
from zdpipe.pipeline.merging import merge_account
from zdpipe.pipeline.sending import send_run
from zdpipe.pipeline.stopping import continue_with, stopped_by_person
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.taking_back import TakingBack
from zdpipe.pipeline.workbench import Workbench
from zdpipe.pipeline.writer import only_writer
from zdpipe.project.destination import Destination
from zdpipe.state.database import transaction
from zdpipe.state.folder import make_private_folder
from zdpipe.state.runs import NewRun, PlanFacts, RunRow, add_effort, insert_run, record_plan
from zdpipe.state.taken_back import LEFT, move_into


class Rollback:
    """A run about to be taken back: `plan` says what that would do, `send` does it."""

    def __init__(
        self, bench: Workbench, store: Store, run: RunRow, taking: TakingBack, plan: RollbackPlan
    ) -> None:
        self._bench = bench
        self._store = store
        self._run = run
        self._taking = taking
        self.plan = plan

    def send(self, *, suspend_created: bool) -> RunReport:
        """Send what was planned; whatever stops it is in the report."""
        bench, store, run = self._bench, self._store, self._run
        destination = bench.destination_of(run)
        now = bench.clock.now()
        new = NewRun(
            run_id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
            query=run.query,
            destination=destination.name,
            account=run.account,
            sql=run.sql,
            started_at=now,
            rolls_back=run.run_id,
            suspends=suspend_created,
        )
        insert_run(store.connection, new)
        bench.progress.subject(run.query, new.run_id)
        _make_ready(store, new.run_id, self._taking, self.plan)
        send_run(bench, store, store.run(new.run_id), destination)
        return report(bench, store, new.run_id)

    def files(self, run_id: str) -> tuple[str, ...]:
        """Return the files of the run that list what was left alone."""
        folder = self._store.folder.run(run_id)
        paths = (folder / f"{LEFT}.{kind}" for kind in ("csv", "parquet"))
        return tuple(str(path) for path in paths if path.exists())


@contextmanager
def rollback(bench: Workbench, run_id: str, *, suspend_created: bool = False) -> Iterator[Rollback]:
    """Hold the account, find out what taking a run back would do, and lend that.

    Raises UsageProblem for a run that has not ended, StateError where its files are gone.
    """
    with open_store(bench) as store:
        run = _ended(bench, store, run_id)
        destination = bench.destination_of(run)
        with only_writer(bench, store, run.account), spill_folder(store.folder.temporary) as folder:
            refuse_in_flight(store, run.account)
            with stopped_by_person("Nothing was sent. Begin anew with the same command."):
                taking, plan = _planned(
                    bench, store, run, destination, folder, suspend_created=suspend_created
                )
            yield Rollback(bench, store, run, taking, plan)


def plan_again(bench: Workbench, store: Store, run: RunRow, destination: Destination) -> None:
    """Plan a run that takes another one back and was stopped before its outbox was on disk."""
    target = _ended(bench, store, str(run.rolls_back))
    with (
        stopped_by_person(continue_with(run.run_id)),
        spill_folder(store.folder.temporary) as folder,
    ):
        taking, plan = _planned(bench, store, target, destination, folder, suspend_created=run.suspends)
        _make_ready(store, run.run_id, taking, plan)


def _ended(bench: Workbench, store: Store, run_id: str) -> RunRow:
    run = store.run(run_id)
    if run.finished_at is None:
        outcome, _ = standing(bench, run)
        cure = (
            "Wait until it has ended. Should it stop before"
            if outcome is Outcome.RUNNING
            else "Finish it first"
        )
        raise UsageProblem(
            f"Run {run_id} has not ended, so what it changes is not known yet.",
            f"{cure}: zdpipe resume {run_id}",
            code="unfinished_run",
        )
    if run.planned and not store.folder.outbox(run_id).exists():
        raise StateError(
            f"The files of run {run_id} are gone, and with them what it wrote.",
            "Put its folder back from a backup; without it nothing can be taken back.",
            code="run_files_gone",
        )
    if not run.planned:
        raise UsageProblem(
            f"Run {run_id} ended before it had a plan, and changed nothing.",
            "`zdpipe runs list` shows the others.",
            code="nothing_sent",
        )
    return run


def _planned(
    bench: Workbench,
    store: Store,
    run: RunRow,
    destination: Destination,
    folder: Path,
    *,
    suspend_created: bool,
) -> tuple[TakingBack, RollbackPlan]:
    merge_account(bench, store, run.account)
    taking = TakingBack(bench, store, run, destination, folder)
    return taking, taking.plan(suspend_created=suspend_created)


def _make_ready(store: Store, run_id: str, taking: TakingBack, plan: RollbackPlan) -> None:
    """Move the files into the run's folder; they are on disk before its batches are ready."""
    folder = store.folder.run(run_id)
    make_private_folder(folder)
    move_into(folder, taking.made)
    add_effort(store.connection, run_id, Effort(requests=plan.requests))
    counts = Counts(read=plan.people, pending=plan.people)
    with transaction(store.connection):
        store.batches(store.run(run_id)).enqueue(taking.batches)
        record_plan(store.connection, run_id, PlanFacts(counts, 0, {}, {}))
