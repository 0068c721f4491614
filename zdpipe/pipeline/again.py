"""The command that does once more what a run was to do."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from zdpipe.model.guard import Guard
from zdpipe.pipeline.stopping import continue_orchestration
from zdpipe.pipeline.workbench import Workbench
from zdpipe.state.runs import RunRow


def run_again(bench: Workbench, run: RunRow, guards: Sequence[Guard] = ()) -> str:
    """Return the command that does what a run was to do, and lets guards pass.

    The last occasion of an orchestration goes on: its limits, and the queries that follow, are its own.
    """
    allowing = [word for guard in guards for word in ("--allow", guard)]
    if run.orchestration is not None and run.is_on_program:
        return shlex.join([*continue_orchestration(run.orchestration), *allowing])
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
