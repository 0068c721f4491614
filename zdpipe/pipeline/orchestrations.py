"""`zdpipe orchestrations list`: when each one is due, and how it went last."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import islice

from zdpipe.model.clock_change import clock_changes
from zdpipe.model.orchestration import Ending, Occasion
from zdpipe.model.overview import Overview
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.orchestration import Orchestration
from zdpipe.project.project import Project
from zdpipe.state.locks import is_held
from zdpipe.state.occasions import last_occasion, last_skipped

_NEXT = 3
_DAYS_AHEAD = 366


def query_paths(project: Project, orchestration: Orchestration) -> list[str]:
    """Return an orchestration's queries as runs name them: from the project's folder where they lie in it."""
    places = [(project.root / query).absolute() for query in orchestration.queries]
    root = project.root.absolute()
    return [(place.relative_to(root) if place.is_relative_to(root) else place).as_posix() for place in places]


def list_orchestrations(bench: Workbench) -> list[Overview]:
    """Return every orchestration of the project, in the file's order."""
    with open_store(bench) as store:
        return [_overview(bench, store, table) for table in bench.project.orchestrations.values()]


def standing_of(store: Store, occasion: Occasion) -> Occasion:
    """Tell an occasion that is going from one whose process is gone: the lock goes with the process."""
    if occasion.ending is not Ending.RUNNING or is_held(store.folder.orchestration(occasion.name)):
        return occasion
    return replace(occasion, ending=Ending.INTERRUPTED)


def next_times(orchestration: Orchestration, now: datetime, number: int = _NEXT) -> tuple[datetime, ...]:
    """Return when an orchestration is due next, in its zone; nothing without a schedule."""
    return tuple(islice(orchestration.times.after(now), number)) if orchestration.times else ()


def _overview(bench: Workbench, store: Store, table: Orchestration) -> Overview:
    now = bench.clock.now()
    last, skipped = last_occasion(store.connection, table.name), last_skipped(store.connection, table.name)
    is_old = last is not None and skipped is not None and skipped.number < last.number
    return Overview(
        name=table.name,
        queries=table.queries,
        destination=table.destination or bench.project.default_destination,
        schedule=table.schedule,
        timezone=table.timezone,
        on_failure=table.on_failure,
        canary=table.canary,
        guards=table.guards.model_dump(exclude_none=True) if table.guards else {},
        next_times=next_times(table, now),
        changes=tuple(clock_changes(table.times, now, _DAYS_AHEAD)) if table.times else (),
        last=standing_of(store, last) if last else None,
        skipped=None if is_old else skipped,
    )
