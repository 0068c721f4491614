"""`zdpipe plan`: what a run would do, without sending or changing anything."""

from __future__ import annotations

import math
from pathlib import Path

from zdpipe.engine.spill import spill_folder
from zdpipe.model.batch import batch_size
from zdpipe.model.plan import Forecast, PlanReport
from zdpipe.pipeline.merging import merge_unless_going
from zdpipe.pipeline.planning import Planned, planned
from zdpipe.pipeline.prepare import prepared, read_one_query
from zdpipe.pipeline.store import open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination

_EXAMPLES = 5


def plan_query(bench: Workbench, path: Path, *, to: str | None = None, full: bool = False) -> PlanReport:
    """Compare a query with what the account is known to hold."""
    destination = bench.destination(to)
    account = bench.account(destination)
    query = read_one_query(bench, path)
    with (
        open_store(bench) as store,
        prepared(bench, query) as ready,
        spill_folder(store.folder.temporary) as folder,
    ):
        known = merge_unless_going(bench, store, account)
        with planned(bench, ready, folder, known, full=full, account=account) as plan:
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
