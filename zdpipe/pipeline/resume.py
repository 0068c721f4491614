"""`zdpipe resume`: finish a stopped run as it was."""

from __future__ import annotations

from zdpipe.errors import UsageProblem
from zdpipe.model.run import RunReport
from zdpipe.pipeline.history import report
from zdpipe.pipeline.prepare import prepared, read_one_query
from zdpipe.pipeline.run import plan_run
from zdpipe.pipeline.sending import send_run
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.state.locks import writing_to
from zdpipe.state.runs import RunRow, load_runs, reopen_run, unfinished_runs


def resume_run(bench: Workbench, run_id: str | None = None) -> RunReport:
    """Finish a run without running its query again; without a name, the newest unfinished one.

    A run that ended keeps its report. One that was stopped before its outbox was on disk has sent
    nothing, so it is planned again from the text it started with.
    """
    with open_store(bench) as store:
        run = _choose(store, run_id)
        if run.finished_at is not None:
            return report(bench, store, run.run_id)
        destination = bench.destination(run.destination)
        with writing_to(bench.machine_state, run.account, bench.holder()):
            reopen_run(store.connection, run.run_id)
            if not run.planned:
                _plan_again(bench, store, run)
            send_run(bench, store, store.run(run.run_id), destination)
        return report(bench, store, run.run_id)


def _choose(store: Store, run_id: str | None) -> RunRow:
    if run_id is not None:
        return store.run(run_id)
    left = unfinished_runs(store.connection)
    newest = left or load_runs(store.connection, 1)
    if not newest:
        raise UsageProblem("There is no run to resume.", "Start one with: zdpipe run QUERY", code="no_run")
    return newest[0]


def _plan_again(bench: Workbench, store: Store, run: RunRow) -> None:
    query = read_one_query(bench, bench.project.root / run.query, run.sql)
    with prepared(bench, query) as ready:
        plan_run(bench, store, run, ready)
