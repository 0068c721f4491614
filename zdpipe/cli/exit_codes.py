"""How a finished command leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zdpipe.model.finding import Finding
    from zdpipe.model.orchestration import OrchestrationReport
    from zdpipe.model.run import RunReport

DONE = 0
FOUND = 1
YOURS = 2
OURS = 3
INTERRUPTED = 130


def of_run(report: RunReport) -> int:
    """Return how a run leaves: stopped, with failed rows, a bad canary, what a guard only tells, or done."""
    from zdpipe.model.canary import Fate
    from zdpipe.model.guard import Ruling

    if report.stop is not None:
        return report.stop.exit_code
    told = any(verdict.ruling is Ruling.TOLD for verdict in report.guards)
    bad = report.canary is not None and report.canary.fate is Fate.FAILED
    return FOUND if report.counts.failed or report.farewells.failed or told or bad else DONE


def of_occasion(report: OrchestrationReport) -> int:
    """Return how an orchestration leaves: as the worst of its queries, or as what stopped all of them."""
    errors = [step.error.exit_code for step in report.steps if step.error is not None]
    stop = report.stop.exit_code if report.stop else DONE
    return worst([*(of_run(run) for run in report.runs), *errors, stop])


def of_findings(findings: Iterable[Finding]) -> int:
    """Return how the linter leaves: errors count, warnings and hints do not."""
    return FOUND if any(finding.severity.value == "error" for finding in findings) else DONE


def worst(codes: Iterable[int]) -> int:
    """Return the highest code; interrupted counts above all."""
    return max(codes, default=DONE)
