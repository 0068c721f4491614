"""One sitting of errands: what a run does to people who are gone or back, until it is through or stopped."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from zdpipe.delivery.usher import Errands, Usher
from zdpipe.model.run import Effort
from zdpipe.pipeline.account import open_account, who_am_i
from zdpipe.pipeline.gone import still_there
from zdpipe.pipeline.refused import explain
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.state.known_gone import had_elsewhere
from zdpipe.state.runs import RunRow, add_effort
from zdpipe.zendesk.client import ZendeskClient
from zdpipe.zendesk.failures import RequestFailure


def do_errands(bench: Workbench, store: Store, run: RunRow, destination: Destination) -> None:
    """Do what is left of a run's errands; raises what stops it, with its cause and cure."""
    if not store.errands(run).left():
        return
    bench.progress.stage("taking care of customers who are gone or back")
    with _account(bench, store, run, destination) as client:
        me = who_am_i(bench, client, destination, first_contact=False)
        try:
            _usher(bench, store, run, client, destination).deliver()
        except RequestFailure as failure:
            raise explain(failure, destination, me.role) from failure


def settle_errands(
    bench: Workbench, store: Store, run: RunRow, destination: Destination, *, for_good: bool
) -> None:
    """Learn the fate of whatever errands a stopped run may have with Zendesk, sending nothing new.

    `for_good` says that the run will never be resumed.
    """
    errands = store.errands(run)
    concerned = errands.left() if for_good else errands.in_flight()
    if not concerned or not store.folder.errands(run.run_id).exists():
        return
    with _account(bench, store, run, destination) as client:
        try:
            _usher(bench, store, run, client, destination).settle_in_flight(for_good=for_good)
        except RequestFailure as failure:
            raise explain(failure, destination) from failure


@contextmanager
def _account(
    bench: Workbench, store: Store, run: RunRow, destination: Destination
) -> Iterator[ZendeskClient]:
    """Open the account, and add what was spent there to the run."""
    started = bench.clock.monotonic()
    with open_account(bench, destination) as client:
        try:
            yield client
        finally:
            seconds = bench.clock.monotonic() - started
            add_effort(store.connection, run.run_id, Effort(requests=client.requests, seconds=seconds))


def _usher(
    bench: Workbench, store: Store, run: RunRow, client: ZendeskClient, destination: Destination
) -> Usher:
    known = store.folder.known_users(run.account)

    def elsewhere(keys: Collection[str]) -> set[str]:
        held = had_elsewhere(known, keys, run.query, bench.clock)
        there = set(still_there(bench, {query for _, query in held}))
        return {key for key, query in held if query in there}

    return Usher(
        Errands(
            store.errands(run),
            store.folder.errands(run.run_id),
            client,
            bench.clock,
            bench.progress,
            destination.users_per_second,
            elsewhere,
        )
    )
