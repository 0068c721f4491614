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
    """Return how a run leaves: as what stopped it, or by whether all is well with it."""
    from zdpipe.model.cause import unwell

    if report.stop is not None:
        return report.stop.exit_code
    return FOUND if any(unwell(report)) else DONE


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
