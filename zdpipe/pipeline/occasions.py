"""What is said of one occasion of an orchestration."""

from __future__ import annotations

import shlex
from dataclasses import replace

from zdpipe.model.orchestration import UNFINISHED, Occasion, OrchestrationReport, Step
from zdpipe.model.run import Stop
from zdpipe.pipeline.history import show_run
from zdpipe.pipeline.orchestrations import next_times, query_paths
from zdpipe.pipeline.stopping import continue_orchestration
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.orchestration import Orchestration
from zdpipe.state.occasions import runs_of


def occasion_report(
    bench: Workbench, store: Store, orchestration: Orchestration, occasion: Occasion
) -> OrchestrationReport:
    """Return everything to be said of an occasion now."""
    following = next(iter(next_times(orchestration, bench.clock.now(), 1)), None)
    runs = runs_of(store.connection, occasion.number)
    steps = [
        Step(
            query,
            show_run(bench, runs[query]) if query in runs else None,
            occasion.errors.get(query),
        )
        for query in query_paths(bench.project, orchestration)
    ]
    ended = occasion.finished_at or bench.clock.now()
    return OrchestrationReport(
        name=orchestration.name,
        destination=bench.destination(orchestration.destination).name,
        ending=occasion.ending,
        started_at=occasion.started_at,
        finished_at=occasion.finished_at,
        seconds=(ended - occasion.started_at).total_seconds(),
        due_at=occasion.due_at,
        resumes=occasion.resumes,
        steps=steps,
        overlapped=occasion.overlapped,
        next_at=following,
        stop=_stop(orchestration.name, occasion, steps),
    )


def _stop(name: str, occasion: Occasion, steps: list[Step]) -> Stop | None:
    """Say why an occasion was not through, and how to go on with it."""
    first = occasion.errors.get("") or next((step.stop for step in steps if step.stop is not None), None)
    if first is None or occasion.ending not in UNFINISHED:
        return None
    command = shlex.join(continue_orchestration(name))
    if command in first.hint:
        return first
    return replace(first, hint=f"{first.hint} Go on with all of it with: {command}".strip())
