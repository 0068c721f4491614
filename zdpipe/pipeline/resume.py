"""`zdpipe resume`: finish a stopped run as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zdpipe.errors import UsageProblem, ZdpipeError
from zdpipe.model.run import Effort, Outcome, RunReport
from zdpipe.pipeline.approving import require_approval, require_approval_of_run
from zdpipe.pipeline.history import report
from zdpipe.pipeline.prepare import prepared, read_one_query
from zdpipe.pipeline.rollback import plan_again
from zdpipe.pipeline.run import knock, plan_run, send_unless_over
from zdpipe.pipeline.sending import stop_of
from zdpipe.pipeline.stopping import continue_with, stopped_by_person
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.pipeline.writer import only_writer
from zdpipe.project.destination import Destination
from zdpipe.state.endings import close_run, reopen_run
from zdpipe.state.runs import RunRow, add_effort, load_runs, unfinished_runs


def resume_run(bench: Workbench, run_id: str | None = None) -> RunReport:
    """Finish a run without running its query again; without a name, the newest unfinished one.

    A run that ended keeps its report. One that was stopped before its outbox was on disk has sent
    nothing, so it is planned again from the text it started with.
    """
    with open_store(bench) as store:
        run = _choose(store, run_id)
        if run.finished_at is not None:
            return report(bench, store, run.run_id)
        destination = bench.destination_of(run)
        with only_writer(bench, store, run.account):
            # Whoever held the account until now may have finished the run.
            run = store.run(run.run_id)
            if run.finished_at is None:
                _refuse_unapproved(bench, run, destination)
                _go_on(bench, store, run.run_id, destination)
        return report(bench, store, run.run_id)


def _go_on(bench: Workbench, store: Store, run_id: str, destination: Destination) -> None:
    reopen_run(store.connection, run_id)
    run = store.run(run_id)
    bench.progress.subject(run.query, run_id)
    if not run.planned:
        with _remaining_resumable(bench, store, run):
            _plan(bench, store, run, destination)
    send_unless_over(bench, store, run_id, destination)


def _plan(bench: Workbench, store: Store, run: RunRow, destination: Destination) -> None:
    if run.rolls_back is not None:
        plan_again(bench, store, run, destination)
        return
    query = read_one_query(bench, bench.project.root / run.query, run.sql)
    with prepared(bench, query) as ready:
        require_approval(bench, ready, destination)
        staff, asked = knock(bench, store, destination)
        add_effort(store.connection, run.run_id, Effort(requests=asked))
        plan_run(bench, store, run, ready, destination, staff)


@contextmanager
def _remaining_resumable(bench: Workbench, store: Store, run: RunRow) -> Iterator[None]:
    """Write down what stops a run before its plan is made anew; it can go on once that is mended."""
    try:
        with stopped_by_person(continue_with(run.run_id)):
            yield
    except ZdpipeError as error:
        if store.run(run.run_id).outcome is Outcome.RUNNING:  # else its planning has written it down
            stop = stop_of(run, error)
            close_run(store.connection, run.run_id, Outcome.INTERRUPTED, bench.clock.now(), stop)
        raise


def _refuse_unapproved(bench: Workbench, run: RunRow, destination: Destination) -> None:
    """Raise NotApproved before a run is touched whose text is known; a rollback has none of its own."""
    if run.planned and run.rolls_back is None:
        require_approval_of_run(bench, run, destination)


def destination_of(bench: Workbench, run_id: str) -> Destination:
    """Return where a run was sending to, by the account and not by the name, which may have changed."""
    with open_store(bench) as store:
        return bench.destination_of(store.run(run_id))


def _choose(store: Store, run_id: str | None) -> RunRow:
    if run_id is not None:
        return store.run(run_id)
    left = unfinished_runs(store.connection)
    newest = left or load_runs(store.connection, 1)
    if not newest:
        raise UsageProblem("There is no run to resume.", "Start one with: zdpipe run QUERY", code="no_run")
    return newest[0]
