"""The command that does once more what a run was to do."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from zdpipe.model.guard import Guard
from zdpipe.model.run import ended_early
from zdpipe.pipeline.orchestrations import query_paths
from zdpipe.pipeline.stopping import begin_orchestration, continue_orchestration
from zdpipe.pipeline.workbench import Workbench
from zdpipe.state.runs import RunRow


def run_again(bench: Workbench, run: RunRow, guards: Sequence[Guard] = ()) -> str:
    """Return the command that does what a run was to do, and lets guards pass.

    The limits of an orchestration, and the queries that follow, are its own. Going on with its last occasion
    plans a run anew that ended early, as a refused one; one that could go on it would send as it was, and one
    that is through it would leave alone, so for these it is begun anew.
    """
    allowing = [word for guard in guards for word in ("--allow", guard)]
    if run.orchestration is not None and is_on_program(bench, run):
        goes_on = bool(guards) or ended_early(run.outcome, run.finished_at)
        words = (continue_orchestration if goes_on else begin_orchestration)(run.orchestration)
        return shlex.join([*words, *allowing])
    if run.rolls_back is not None:
        return shlex.join(
            ["zdpipe", "rollback", run.rolls_back, *(["--suspend-created"] if run.suspends else [])]
        )
    if run.retries is not None:
        return shlex.join(["zdpipe", "retry", run.retries])
    words = ["zdpipe", "run", run.query]
    if run.destination != bench.project.default_destination:
        words += ["--to", run.destination]
    if run.full:
        words.append("--full")
    if run.remembers:
        words.append("--remember")
    if run.seal is not None:
        words += ["--plan", "FILE"]
    if run.canary is not None:
        words += ["--canary", str(run.canary.asked)]
    if run.sample is not None:
        words += ["--sample", str(run.sample)]
    return shlex.join([*words, *allowing])


def is_on_program(bench: Workbench, run: RunRow) -> bool:
    """Tell whether the orchestration that began a run still has its query, and was not begun again since."""
    table = bench.project.orchestrations.get(run.orchestration or "")
    return table is not None and run.is_on_program and run.query in query_paths(bench.project, table)
