"""One sitting of sending: the outbox of a run to its account, until it is through or stopped."""

from __future__ import annotations

from dataclasses import replace

from zdpipe.delivery.courier import Courier
from zdpipe.delivery.desk import Desk
from zdpipe.errors import Interrupted, UnfinishedError, ZdpipeError
from zdpipe.model.run import Outcome, Stop
from zdpipe.pipeline.account import explain, open_account, who_am_i
from zdpipe.pipeline.merging import merge_run
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.state.outbox import Outbox
from zdpipe.state.runs import RunRow, add_effort, close_run
from zdpipe.zendesk.client import ZendeskClient
from zdpipe.zendesk.failures import RequestFailure


def send_run(bench: Workbench, store: Store, run: RunRow, destination: Destination) -> None:
    """Send what is left of a planned run, merge what was acknowledged, and close it.

    Stopping is no error here: it is written into the run, with the command that continues it.
    """
    started = bench.clock.monotonic()
    stop: Stop | None = None
    try:
        if store.batches(run).left():
            _deliver(bench, store, run, destination)
    except ZdpipeError as error:
        stop = _stop(run, error)
    except KeyboardInterrupt:
        stop = _stop(run, Interrupted("Stopped from the keyboard."))
    bench.progress.stage("remembering what Zendesk acknowledged")
    merge_run(bench, store, run)
    seconds = bench.clock.monotonic() - started
    add_effort(store.connection, run.run_id, requests=0, sending_seconds=0.0, seconds=seconds)
    close_run(store.connection, run.run_id, _outcome(store, run, stop), bench.clock.now(), stop)


def settle_in_flight(bench: Workbench, store: Store, run: RunRow, destination: Destination) -> None:
    """Learn the fate of everything a stopped run may still have with Zendesk, sending nothing new."""
    with open_account(bench, destination) as client, Outbox(store.folder.outbox(run.run_id)) as outbox:
        courier = _courier(bench, store, run, client, outbox, destination)
        try:
            courier.settle_in_flight()
        except RequestFailure as failure:
            raise explain(failure, destination) from failure
        finally:
            add_effort(
                store.connection, run.run_id, requests=client.requests, sending_seconds=0.0, seconds=0.0
            )


def _deliver(bench: Workbench, store: Store, run: RunRow, destination: Destination) -> None:
    with open_account(bench, destination) as client, Outbox(store.folder.outbox(run.run_id)) as outbox:
        courier = _courier(bench, store, run, client, outbox, destination)
        try:
            who_am_i(client, destination)
            done = run.counts.created + run.counts.updated + run.counts.failed
            bench.progress.sending(run.counts.pending + done, done)
            courier.deliver()
        except RequestFailure as failure:
            raise explain(failure, destination) from failure
        finally:
            add_effort(
                store.connection,
                run.run_id,
                requests=client.requests,
                sending_seconds=courier.sending_seconds,
                seconds=0.0,
            )


def _courier(
    bench: Workbench,
    store: Store,
    run: RunRow,
    client: ZendeskClient,
    outbox: Outbox,
    destination: Destination,
) -> Courier:
    desk = Desk(store.batches(run), outbox, client, bench.clock, bench.progress, destination.users_per_second)
    return Courier(desk)


def _stop(run: RunRow, error: ZdpipeError) -> Stop:
    """Say that batches are left, why, and how to go on; only a person's own stop keeps its exit code."""
    command = f"zdpipe resume {run.run_id}"
    if isinstance(error, Interrupted):
        return Stop(error.code, error.message, f"Continue with: {command}", error.exit_code)
    hint = f"{error.hint} Then continue with: {command}"
    return replace(Stop.from_error(error), hint=hint, exit_code=UnfinishedError.exit_code)


def _outcome(store: Store, run: RunRow, stop: Stop | None) -> Outcome:
    if stop is not None:
        return Outcome.INTERRUPTED if stop.exit_code == Interrupted.exit_code else Outcome.FAILED
    return Outcome.PARTIAL if store.run(run.run_id).counts.failed else Outcome.SUCCEEDED
