"""How a finished command leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zdpipe.model.finding import Finding
    from zdpipe.model.run import RunReport

DONE = 0
FOUND = 1
YOURS = 2
OURS = 3
INTERRUPTED = 130
_REJECTED_SHARE = 10  # one row in so many may be rejected


def of_run(report: RunReport) -> int:
    """Return how a run leaves: stopped, with failed or too many rejected rows, or done."""
    if report.stop is not None:
        return report.stop.exit_code
    counts = report.counts
    return FOUND if counts.failed or counts.rejected * _REJECTED_SHARE > counts.read else DONE


def of_findings(findings: Iterable[Finding]) -> int:
    """Return how the linter leaves: errors count, warnings and hints do not."""
    return FOUND if any(finding.severity.value == "error" for finding in findings) else DONE


def worst(codes: Iterable[int]) -> int:
    """Return the highest code; interrupted counts above all."""
    return max(codes, default=DONE)
