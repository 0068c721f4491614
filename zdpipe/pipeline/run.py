"""`zdpipe run`: the whole river, from a SQL file to a closed run."""

from __future__ import annotations

import secrets
from pathlib import Path

from zdpipe.errors import Interrupted, ZdpipeError
from zdpipe.model.batch import batch_size
from zdpipe.model.query import Query
from zdpipe.model.run import Outcome, RunReport, Stop
from zdpipe.pipeline.account import open_account, who_am_i
from zdpipe.pipeline.history import report
from zdpipe.pipeline.merging import merge_account
from zdpipe.pipeline.planning import planned
from zdpipe.pipeline.prepare import Prepared, prepared, read_one_query
from zdpipe.pipeline.sending import send_run, settle_in_flight
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.state.database import transaction
from zdpipe.state.folder import make_private_folder
from zdpipe.state.locks import writing_to
from zdpipe.state.runs import (
    NewRun,
    RunRow,
    add_effort,
    close_run,
    insert_run,
    record_plan,
    unfinished_runs,
)


def run_query(bench: Workbench, path: Path, *, to: str | None = None, full: bool = False) -> RunReport:
    """Plan, send and record one query; `full` sends every valid row whether it changed or not.

    Whatever stops it after the plan is in the report; what stops it earlier is raised.
    """
    destination = bench.destination(to)
    query = read_one_query(bench, path)
    account = bench.account(destination)
    with open_store(bench) as store, writing_to(bench.machine_state, account, bench.holder()):
        with prepared(bench, query) as ready:
            knock(bench, destination)
            _supersede(bench, store, query, destination)
            run = _begin(bench, store, query, destination)
            plan_run(bench, store, run, ready, full=full)
        send_run(bench, store, store.run(run.run_id), destination)
        return report(bench, store, run.run_id)


def plan_run(bench: Workbench, store: Store, run: RunRow, ready: Prepared, *, full: bool = False) -> None:
    """Plan a run and make its batches ready; once this returns nothing of it can be lost.

    The outbox is on disk before the transaction that makes its batches ready.
    """
    started = bench.clock.monotonic()
    known = merge_account(bench, store, run.account)
    folder = store.folder.run(run.run_id)
    make_private_folder(folder)
    destination = bench.destination(run.destination)
    try:
        with planned(bench, ready, folder, known, full=full) as plan:
            batches = plan.workspace.write_outbox(
                store.folder.outbox(run.run_id), batch_size(destination.users_per_second)
            )
            with transaction(store.connection):
                store.batches(run).enqueue(batches)
                record_plan(
                    store.connection,
                    run.run_id,
                    plan.counts_before_sending,
                    gone=plan.gone,
                    rejections=plan.rejections,
                    warnings=plan.warnings,
                )
    except ZdpipeError as error:
        _close_unplanned(bench, store, run, Outcome.FAILED, error)
        raise
    except KeyboardInterrupt:
        _close_unplanned(bench, store, run, Outcome.INTERRUPTED, Interrupted("Stopped from the keyboard."))
        raise
    finally:
        seconds = bench.clock.monotonic() - started
        add_effort(store.connection, run.run_id, requests=0, sending_seconds=0.0, seconds=seconds)


def _close_unplanned(
    bench: Workbench, store: Store, run: RunRow, outcome: Outcome, error: ZdpipeError
) -> None:
    close_run(store.connection, run.run_id, outcome, bench.clock.now(), Stop.from_error(error))


def knock(bench: Workbench, destination: Destination) -> None:
    """Ask who we are before the long work of planning, so that a wrong credential is told at once."""
    with open_account(bench, destination) as client:
        who_am_i(client, destination)


def _begin(bench: Workbench, store: Store, query: Query, destination: Destination) -> RunRow:
    now = bench.clock.now()
    new = NewRun(
        run_id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
        query=query.path,
        destination=destination.name,
        account=bench.account(destination),
        sql=query.text,
        started_at=now,
    )
    insert_run(store.connection, new)
    return store.run(new.run_id)


def _supersede(bench: Workbench, store: Store, query: Query, destination: Destination) -> None:
    """Close what an earlier, stopped run of the query left open, after settling what may be in flight."""
    for run in unfinished_runs(store.connection, bench.account(destination)):
        if run.query != query.path:
            continue
        if run.planned:
            settle_in_flight(bench, store, run, destination)
        close_run(store.connection, run.run_id, Outcome.SUPERSEDED, bench.clock.now())
