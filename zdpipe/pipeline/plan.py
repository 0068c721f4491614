"""`zdpipe plan`: what a run would do, without sending or changing anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl

from zdpipe.delivery.forecast import forecast
from zdpipe.engine.spill import spill_folder
from zdpipe.model.batch import batch_size
from zdpipe.model.gone import Farewells, GoneAction
from zdpipe.model.plan import Forecast, PlanReport, Reading
from zdpipe.pipeline.account import open_account
from zdpipe.pipeline.approving import lacking_approval
from zdpipe.pipeline.asking import Asking, requests_for
from zdpipe.pipeline.gone import Parting, plan_parting, tell_new_identity
from zdpipe.pipeline.guarding import Case, judged
from zdpipe.pipeline.identity import changed_identity
from zdpipe.pipeline.merging import merge_unless_going
from zdpipe.pipeline.planning import Planned, planned
from zdpipe.pipeline.prepare import prepared, read_one_query
from zdpipe.pipeline.sealing import seal_of
from zdpipe.pipeline.staff import ask_for_staff, staff_by_last_word
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.taken import ask_whose
from zdpipe.pipeline.terms import Compared, Terms
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.state.jobs import typical_job
from zdpipe.state.locks import account_place
from zdpipe.state.runs import last_told
from zdpipe.zendesk.limits import learned_limit

_EXAMPLES = 5


def plan_query(
    bench: Workbench,
    path: Path,
    *,
    to: str | None = None,
    full: bool = False,
    online: bool = False,
    seal: bool = False,
) -> PlanReport:
    """Compare a query with what the account is known to hold.

    `online` asks it who its staff are now, and what is in fields that others may have changed, and whose
    some of the new addresses are; `seal` adds the seal of the plan.
    """
    destination = bench.destination(to)
    account = bench.account(destination)
    query = read_one_query(bench, path)
    bench.progress.subject(query.path, None)
    with (
        open_store(bench) as store,
        prepared(bench, query) as ready,
        spill_folder(store.folder.temporary) as folder,
    ):
        known = merge_unless_going(bench, store, account)
        if online:
            with open_account(bench, destination) as client:
                staff = ask_for_staff(bench, store, client, destination)
        else:
            staff = staff_by_last_word(bench, store, destination)
        asking = Asking(bench, destination) if online else None
        changed = changed_identity(bench, ready, last_told(store.connection, query.path, account))
        tell_new_identity(bench, changed)
        terms = Terms(
            account=account,
            full=full,
            staff=staff,
            ask=_ask(asking) if asking else None,
            mark_respelled=known is not None,  # who is unchanged counts, and nobody is by then
            new_identity=changed,
            # A seal holds for what every row became.
            familiar=None if full or seal else store.folder.familiar(account, query.path),
        )
        with planned(bench, ready, folder, known, terms) as plan:
            parting = plan_parting(bench, store, plan.compared, query, account)
            found = _report(bench, store, plan, parting, query.path, destination)
            lacking = lacking_approval(bench, ready, destination)
            found = replace(found, reading=_reading(plan, asking), unapproved=lacking)
            if online:
                whose = ask_whose(bench, destination, plan.workspace, found.identities, _EXAMPLES)
                found = replace(found, identities=whose)
            return replace(found, seal=seal_of(bench, ready, plan, account, full=full)) if seal else found


def _ask(asking: Asking) -> Callable[[Compared], pl.DataFrame]:
    return lambda compared: asking.ask(compared.workspace)


def _reading(plan: Planned, asking: Asking | None) -> Reading:
    if asking is not None:
        return Reading(asking.people, asking.requests, asked=True)
    to_ask = plan.workspace.to_ask()
    return Reading(to_ask.people, requests_for(to_ask))


def _report(
    bench: Workbench,
    store: Store,
    plan: Planned,
    parting: Parting | None,
    query: str,
    destination: Destination,
) -> PlanReport:
    farewells = parting.farewells if parting else Farewells()
    acts = farewells.action is not GoneAction.REPORT
    case = Case(query, bench.account(destination), bench.project.guards, acts=acts)
    return PlanReport(
        query=query,
        destination=destination.name,
        counts=plan.counts,
        gone=plan.gone,
        rejections=plan.rejections,
        warnings=plan.warnings,
        columns=plan.workspace.changed_by_field(),
        updates=plan.workspace.changed_by_field(only_known=True),
        respelled=plan.workspace.respelled(),
        identities=plan.workspace.identities(_EXAMPLES),
        forecast=_forecast(bench, store, plan, destination),
        guards=judged(store, plan.compared, case),
        farewells=farewells,
        planned_at=bench.clock.now(),
        examples=tuple(plan.workspace.examples(_EXAMPLES)),
    )


def _forecast(bench: Workbench, store: Store, plan: Planned, destination: Destination) -> Forecast:
    account = bench.account(destination)
    return forecast(
        plan.counts.created + plan.counts.updated,
        plan.workspace.batches(batch_size(destination.users_per_second)),
        destination.users_per_second,
        single_calls=plan.workspace.promoted(),
        requests_per_minute=learned_limit(account_place(bench.shared_state(account), account)),
        job_seconds=typical_job(store.connection, account),
    )
