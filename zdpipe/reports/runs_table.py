"""The history of runs as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from zdpipe.model.run import Outcome, RunReport
from zdpipe.reports.words import count, moment

_STYLES = {
    Outcome.RUNNING: "cyan",
    Outcome.SUCCEEDED: "green",
    Outcome.PARTIAL: "yellow",
    Outcome.FAILED: "red",
    Outcome.INTERRUPTED: "yellow",
    Outcome.SUPERSEDED: "dim",
}
# Below this width the columns would be cut; each run gets two lines instead.
_WIDE = 90


def runs_table(reports: Sequence[RunReport], width: int) -> RenderableType:
    """Return one line a run, newest first; two lines on a terminal of fewer than 90 columns."""
    if not reports:
        return Text("No run yet. Start one with: zdpipe run queries/…")
    return _wide(reports) if width >= _WIDE else Group(*(_narrow(report) for report in reports))


def _wide(reports: Sequence[RunReport]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("run", no_wrap=True, overflow="fold")
    table.add_column("started (UTC)", no_wrap=True)
    table.add_column("query", overflow="ellipsis", no_wrap=True)
    table.add_column("to", overflow="ellipsis", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    for name in ("read", "sent", "failed", "pending"):
        table.add_column(name, justify="right", no_wrap=True)
    for report in reports:
        counts = report.counts
        table.add_row(
            report.run_id,
            moment(report.started_at),
            report.query,
            report.destination,
            _outcome(report),
            count(counts.read),
            count(counts.created + counts.updated),
            count(counts.failed),
            count(counts.pending),
        )
    return table


def _narrow(report: RunReport) -> RenderableType:
    counts = report.counts
    sent = counts.created + counts.updated
    return Group(
        Text.assemble((report.run_id, "bold"), "  ", _outcome(report), no_wrap=True, overflow="fold"),
        Text(f"  {report.query} → {report.destination}", no_wrap=True, overflow="ellipsis"),
        Text(f"  {count(counts.read)} read, {count(sent)} sent, {count(counts.pending)} pending"),
    )


def _outcome(report: RunReport) -> Text:
    return Text(report.outcome.value, _STYLES[report.outcome])
