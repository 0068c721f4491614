"""`zdpipe plan`: what a run would do, without sending or changing anything."""

from __future__ import annotations

import math
from pathlib import Path

from zdpipe.engine.spill import spill_folder
from zdpipe.model.batch import batch_size
from zdpipe.model.plan import Forecast, PlanReport
from zdpipe.pipeline.account import open_account
from zdpipe.pipeline.merging import merge_unless_going
from zdpipe.pipeline.planning import Planned, Terms, planned
from zdpipe.pipeline.prepare import prepared, read_one_query
from zdpipe.pipeline.staff import ask_for_staff, staff_by_last_word
from zdpipe.pipeline.store import open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination

_EXAMPLES = 5


def plan_query(
    bench: Workbench, path: Path, *, to: str | None = None, full: bool = False, online: bool = False
) -> PlanReport:
    """Compare a query with what the account is known to hold; `online` asks it who its staff are now."""
    destination = bench.destination(to)
    account = bench.account(destination)
    query = read_one_query(bench, path)
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
        with planned(bench, ready, folder, known, Terms(account, full=full, staff=staff)) as plan:
            return _report(plan, query.path, destination)


def _report(plan: Planned, query: str, destination: Destination) -> PlanReport:
    users = plan.counts.created + plan.counts.updated
    return PlanReport(
        query=query,
        destination=destination.name,
        counts=plan.counts,
        gone=plan.gone,
        rejections=plan.rejections,
        warnings=plan.warnings,
        columns=plan.workspace.changed_by_field(),
        forecast=_forecast(users, destination.users_per_second),
        examples=tuple(plan.workspace.examples(_EXAMPLES)),
    )


def _forecast(users: int, users_per_second: int) -> Forecast:
    jobs = math.ceil(users / batch_size(users_per_second))
    return Forecast(requests=jobs, jobs=jobs, seconds=users / users_per_second)
