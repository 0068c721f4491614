"""One sitting of sending: the outbox of a run to its account, until it is through or stopped."""

from __future__ import annotations

from dataclasses import replace

from zdpipe.delivery.courier import Courier
from zdpipe.delivery.desk import Desk
from zdpipe.errors import Interrupted, StateError, StateLocked, UnfinishedError, ZdpipeError
from zdpipe.model.batch import IN_FLIGHT
from zdpipe.model.canary import CANARY
from zdpipe.model.pace import Limit
from zdpipe.model.run import Effort, Outcome, Stop
from zdpipe.pipeline.account import open_account, who_am_i
from zdpipe.pipeline.canary import judge_canary
from zdpipe.pipeline.errands import do_errands, settle_errands
from zdpipe.pipeline.merging import merge_run
from zdpipe.pipeline.pruning import prune_after_run
from zdpipe.pipeline.refused import explain
from zdpipe.pipeline.remembering import remember_before
from zdpipe.pipeline.removing import remove_identities
from zdpipe.pipeline.stopping import continue_with, stopped_by_person
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.users import UserReader
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.state.endings import close_run
from zdpipe.state.outbox import Outbox
from zdpipe.state.pace import record_limit
from zdpipe.state.runs import RunRow, add_effort, unfinished_runs
from zdpipe.zendesk.client import ZendeskClient
from zdpipe.zendesk.failures import RequestFailure


def send_run(bench: Workbench, store: Store, run: RunRow, destination: Destination) -> None:
    """Send what is left of a planned run, merge what was acknowledged, and close it.

    Stopping is no error here: it is written into the run, with the command that continues it.
    """
    try:
        stop = _send(bench, store, run, destination)
        remembering = _remember(bench, store, run)
        stop = stop or remembering
        close_run(store.connection, run.run_id, _outcome(store, run, stop), bench.clock.now(), stop)
        if stop is None:
            prune_after_run(bench, store, run.account)
    except StateError as error:  # not even the stop can be written down
        left = stop_of(run, error)
        raise UnfinishedError(left.message, left.hint, code=left.code) from error


def settle_in_flight(
    bench: Workbench, store: Store, run: RunRow, destination: Destination, *, for_good: bool
) -> None:
    """Learn the fate of everything a stopped run may have with Zendesk, sending nothing new.

    `for_good` says that the run will never be resumed.
    """
    if store.folder.outbox(run.run_id).exists():
        _settle_batches(bench, store, run, destination, for_good=for_good)
    settle_errands(bench, store, run, destination, for_good=for_good)


def _settle_batches(
    bench: Workbench, store: Store, run: RunRow, destination: Destination, *, for_good: bool
) -> None:
    batches = store.batches(run)
    if not batches.load(*IN_FLIGHT) and not (for_good and batches.sent_before()):
        return
    with open_account(bench, destination) as client, Outbox(store.folder.outbox(run.run_id)) as outbox:
        courier = _courier(bench, store, run, client, outbox, destination)
        try:
            courier.settle_in_flight(for_good=for_good)
        except RequestFailure as failure:
            raise explain(failure, destination) from failure
        finally:
            add_effort(store.connection, run.run_id, courier.meter.news())


def _send(bench: Workbench, store: Store, run: RunRow, destination: Destination) -> Stop | None:
    limit = Limit(bench.clock.now(), destination.users_per_second)
    try:
        record_limit(store.connection, run.run_id, limit)
        with stopped_by_person(continue_with(run.run_id)):
            if store.batches(run).left() or _awaits(run):
                _settle_others(bench, store, run, destination)
                remember_before(bench, store, run, destination)
                _deliver(bench, store, run, destination)
            elif store.errands(run).left():
                _settle_others(bench, store, run, destination)
            remove_identities(bench, store, run, destination)
            do_errands(bench, store, run, destination)
    except ZdpipeError as error:
        return stop_of(run, error)
    return None


def _awaits(run: RunRow) -> bool:
    return run.canary is not None and run.canary.is_awaited


def _settle_others(bench: Workbench, store: Store, run: RunRow, destination: Destination) -> None:
    """Bring what stopped runs of other queries have in flight to an end: it may concern the same people.

    It is remembered at once, so that what this run is told later counts as the later word. Of a run whose
    outbox is gone nobody can tell any more whom it concerns.
    """
    for other in unfinished_runs(store.connection, run.account):
        if other.run_id == run.run_id or not store.folder.outbox(other.run_id).exists():
            continue
        if store.batches(other).load(*IN_FLIGHT) or store.errands(other).in_flight():
            settle_in_flight(bench, store, other, destination, for_good=False)
            merge_run(bench, store, other)


def _remember(bench: Workbench, store: Store, run: RunRow) -> Stop | None:
    """Merge what was acknowledged, unless somebody reads the known users for long: a later command will."""
    bench.progress.stage("remembering what Zendesk acknowledged")
    started = bench.clock.monotonic()
    try:
        with stopped_by_person(continue_with(run.run_id)):
            merge_run(bench, store, run)
    except StateLocked:
        return None
    except ZdpipeError as error:
        return stop_of(run, error)
    finally:
        add_effort(store.connection, run.run_id, Effort(seconds=bench.clock.monotonic() - started))
    return None


def _deliver(bench: Workbench, store: Store, run: RunRow, destination: Destination) -> None:
    with open_account(bench, destination) as client, Outbox(store.folder.outbox(run.run_id)) as outbox:
        courier = _courier(bench, store, run, client, outbox, destination)
        try:
            me = who_am_i(bench, client, destination, first_contact=False)
            done = run.counts.created + run.counts.updated + run.counts.failed
            bench.progress.sending(run.counts.pending + done, done)
            try:
                if run.canary is not None and run.canary.is_awaited:
                    courier.deliver(run.canary.batches)
                    courier.meter.rests()
                    reader = UserReader(bench, client, destination)
                    judge_canary(bench, store, run, run.canary, outbox, reader)
                courier.deliver()
            except RequestFailure as failure:
                raise explain(failure, destination, me.role) from failure
        finally:
            add_effort(store.connection, run.run_id, courier.meter.news())


def _courier(
    bench: Workbench,
    store: Store,
    run: RunRow,
    client: ZendeskClient,
    outbox: Outbox,
    destination: Destination,
) -> Courier:
    desk = Desk(
        store.batches(run),
        outbox,
        client,
        bench.clock,
        bench.progress,
        destination.users_per_second,
        may_write_staff=bench.project.identity.allow_staff,
    )
    return Courier(desk)


def stop_of(run: RunRow, error: ZdpipeError) -> Stop:
    """Say that batches are left, why, and how to go on; only a person's own stop keeps its exit code.

    A canary says by itself what is to be thought of first.
    """
    if error.code == CANARY:
        return Stop.from_error(error)
    if isinstance(error, Interrupted):
        return Stop(error.code, error.message, continue_with(run.run_id), error.exit_code)
    cure = f"{error.hint.removesuffix('.')}. Then continue" if error.hint else "Continue"
    hint = f"{cure} with: zdpipe resume {run.run_id}"
    return replace(Stop.from_error(error), hint=hint, exit_code=UnfinishedError.exit_code)


def _outcome(store: Store, run: RunRow, stop: Stop | None) -> Outcome:
    if stop is not None:
        return Outcome.INTERRUPTED if stop.exit_code == Interrupted.exit_code else Outcome.FAILED
    failed = store.run(run.run_id).counts.failed or store.errands(run).tally(run.gone_action).failed
    return Outcome.PARTIAL if failed else Outcome.SUCCEEDED
