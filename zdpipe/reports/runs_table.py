"""The history of runs as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
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


def runs_table(reports: Sequence[RunReport], width: int) -> RenderableType:
    """Return one line a run, newest first; three lines where a terminal is too narrow for whole columns."""
    if not reports:
        return Text("No run yet. Start one with: zdpipe run queries/…")
    for with_start in (True, False):  # a run's name tells its start too
        table = _wide(reports, with_start=with_start)
        if _full_width(table) <= width:
            return table
    return Group(*(_narrow(report) for report in reports))


def _full_width(table: Table) -> int:
    endless = Console(width=10_000)
    return Measurement.get(endless, endless.options, table).maximum


def _wide(reports: Sequence[RunReport], *, with_start: bool) -> Table:
    gap = 2 if with_start else 1
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for name in ("run", *(["started (UTC)"] if with_start else []), "query", "to", "outcome"):
        table.add_column(name, no_wrap=True)
    for name in ("read", "sent", "failed", "pending"):
        table.add_column(name, justify="right", no_wrap=True)
    for report in reports:
        counts = report.counts
        table.add_row(
            report.run_id,
            *([moment(report.started_at)] if with_start else []),
            _query(report),
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
    failed = f", {count(counts.failed)} failed" if counts.failed else ""
    return Group(
        Text.assemble((report.run_id, "bold"), "  ", _outcome(report), no_wrap=True, overflow="fold"),
        Text(f"  {_query(report)} → {report.destination}", no_wrap=True, overflow="ellipsis"),
        Text(f"  {count(counts.read)} read, {count(sent)} sent{failed}, {count(counts.pending)} pending"),
    )


def _query(report: RunReport) -> str:
    return report.query if report.rolls_back is None else f"{report.query} (rollback)"


def _outcome(report: RunReport) -> Text:
    return Text(report.outcome.value, _STYLES[report.outcome])
