"""`zdpipe plan`: what a run would do, without sending or changing anything."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from zdpipe.errors import StateLocked
from zdpipe.model.batch import batch_size
from zdpipe.model.plan import Forecast, PlanReport
from zdpipe.pipeline.merging import merge_account
from zdpipe.pipeline.planning import Planned, planned
from zdpipe.pipeline.prepare import prepared, read_one_query
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.state.known_users import attachable
from zdpipe.state.locks import writing_to

_EXAMPLES = 5


def plan_query(bench: Workbench, path: Path, *, to: str | None = None, full: bool = False) -> PlanReport:
    """Compare a query with what the account is known to hold."""
    destination = bench.destination(to)
    query = read_one_query(bench, path)
    with open_store(bench) as store, prepared(bench, query) as ready, scratch_folder(store) as folder:
        known = _known(bench, store, destination)
        with planned(bench, ready, folder, known, full=full) as plan:
            return _report(plan, query.path, destination)


@contextmanager
def scratch_folder(store: Store) -> Iterator[Path]:
    """Give a private folder that is gone afterwards."""
    with TemporaryDirectory(dir=store.folder.temporary, prefix="plan-") as folder:
        yield Path(folder)


def _known(bench: Workbench, store: Store, destination: Destination) -> Path | None:
    """Return the known users, with everything acknowledged merged unless a run is writing right now."""
    account = bench.account(destination)
    try:
        with writing_to(bench.machine_state, account, bench.holder()):
            return merge_account(bench, store, account)
    except StateLocked:
        return attachable(store.folder.known_users(account), bench.clock)


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
