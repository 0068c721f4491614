"""`zdpipe orchestrations run`: queries in order, one occasion at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from zdpipe.errors import StateLocked, UsageProblem
from zdpipe.model.alert import STILL_GOING
from zdpipe.model.orchestration import (
    UNFINISHED,
    Occasion,
    OrchestrationReport,
    Order,
)
from zdpipe.pipeline.conducting import Conductor, Errand, Watch
from zdpipe.pipeline.due import due_at, not_due
from zdpipe.pipeline.occasions import occasion_report
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.orchestration import Orchestration
from zdpipe.state.locks import Holder, holding
from zdpipe.state.occasions import (
    begin_occasion,
    interrupt_occasions,
    last_occasion,
    load_occasion,
    record_skipped,
    reopen_occasion,
)


def run_orchestration(
    bench: Workbench, name: str, order: Order, watch: Watch = Errand.do
) -> OrchestrationReport:
    """Run the queries of an orchestration in order; `watch` does each of them, and hears how it ended.

    What stops a query is in the report; what keeps all of them from beginning is raised: a draft, a file that
    is missing, an occasion that is still going (StateLocked).
    """
    orchestration = bench.project.orchestration(name)
    bench.destination(orchestration.destination)
    with open_store(bench) as store:
        if order.if_due and _due(bench, store, orchestration, order) is None:
            return not_due(bench.project, orchestration, bench.clock.now())
        try:
            with _only_one(bench, store, orchestration, order):
                return _run_alone(bench, store, orchestration, order, watch)
        except _InHand:
            return not_due(bench.project, orchestration, bench.clock.now())


class _InHand(Exception):
    """Raised where the process that holds an orchestration runs it for the very time that is due."""


def _due(bench: Workbench, store: Store, orchestration: Orchestration, order: Order) -> datetime | None:
    return due_at(store.connection, orchestration, bench.clock.now()) if order.if_due else None


def _run_alone(
    bench: Workbench, store: Store, orchestration: Orchestration, order: Order, watch: Watch
) -> OrchestrationReport:
    """Run an orchestration that is held."""
    interrupt_occasions(store.connection, orchestration.name)
    due = _due(bench, store, orchestration, order)
    if order.if_due and due is None:  # whoever held it until now did it
        return not_due(bench.project, orchestration, bench.clock.now())
    number = _opened(bench, store, orchestration, order, due)
    if number is None:
        return occasion_report(bench, store, orchestration, _last(store, orchestration.name))
    Conductor(bench, store, orchestration, number, order, watch).conduct()
    return occasion_report(bench, store, orchestration, load_occasion(store.connection, number))


@contextmanager
def _only_one(bench: Workbench, store: Store, orchestration: Orchestration, order: Order) -> Iterator[None]:
    """Hold an orchestration; where it is still going, that is written down and StateLocked raised."""

    def refusal(holder: Holder | None) -> Exception:
        due = _due(bench, store, orchestration, order)
        if order.if_due and due is None:
            return _InHand()
        record_skipped(store.connection, orchestration.name, due, bench.clock.now())
        return _still_going(orchestration.name, holder, due)

    with holding(store.folder.orchestration(orchestration.name), bench.holder(), refusal):
        yield


def _still_going(name: str, holder: Holder | None, due: datetime | None) -> StateLocked:
    who = f"process {holder.pid} ({holder.command}), since {holder.since}" if holder else "another process"
    what = f"It was due at {due.isoformat()}, which is passed over." if due else "Nothing was begun."
    return StateLocked(
        f"The orchestration {name} is still going: {who}. {what}",
        "Wait until it has ended; should it take this long every time, let it run less often.",
        code=STILL_GOING,
    )


def _opened(
    bench: Workbench, store: Store, orchestration: Orchestration, order: Order, due: datetime | None
) -> int | None:
    """Begin an occasion, or go on with the last one; None where that one is through."""
    name, connection = orchestration.name, store.connection
    if not order.resumes:
        return begin_occasion(connection, name, due, bench.clock.now(), orchestration.when)
    last = _last(store, name)
    if last.ending not in UNFINISHED:
        return None
    reopen_occasion(connection, last.number)
    return last.number


def _last(store: Store, name: str) -> Occasion:
    last = last_occasion(store.connection, name)
    if last is None:
        raise UsageProblem(
            f"The orchestration {name} never ran, so there is nothing to go on with.",
            f"Begin with: zdpipe orchestrations run {name}",
            code="no_run",
        )
    return last
