"""One occasion of an orchestration in words, below those of its runs."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from zdpipe.model.orchestration import UNFINISHED, OrchestrationReport, Step
from zdpipe.reports.facts import copyable, facts_table
from zdpipe.reports.orchestrations_text import ENDINGS, STYLES, local_moment
from zdpipe.reports.run_json import shown_stop
from zdpipe.reports.words import count, duration, moment, printable


def orchestration_text(report: OrchestrationReport) -> RenderableType:
    """Return what became of every query, what was passed over, when it is due next, how to go on."""
    heading = Text.assemble(
        (f"{report.name} → {report.destination} ", "bold"),
        (ENDINGS[report.ending], f"bold {STYLES[report.ending]}"),
    )
    return Group(
        heading,
        *([facts_table([_step(step) for step in report.steps])] if report.steps else []),
        Text(),
        facts_table(_facts(report)),
        *_stop(report),
        *copyable("Next", _next(report)),
    )


def _step(step: Step) -> tuple[str, str]:
    error = shown_stop(step.error)
    if error is not None:
        return step.query, error.message
    if step.report is None:
        return step.query, "not begun"
    counts = step.report.counts
    sent = count(counts.created + counts.updated, "customer")
    failed = f", {count(counts.failed)} failed" if counts.failed else ""
    return step.query, f"{step.report.outcome.value}: {sent} sent{failed} ({step.report.run_id})"


def _facts(report: OrchestrationReport) -> list[tuple[str, str]]:
    facts = [("started", f"{moment(report.started_at)} UTC"), ("time", duration(report.seconds))]
    if report.due_at is not None:
        facts.append(("due", f"{moment(report.due_at)} UTC"))
    if report.resumes:
        facts.append(("resumed", count(report.resumes, "time")))
    if report.overlapped:
        facts.append(("passed over", f"{count(report.overlapped, 'time')} of its schedule came meanwhile"))
    if report.next_at is not None:
        facts.append(("due next", local_moment(report.next_at)))
    return facts


def _stop(report: OrchestrationReport) -> list[RenderableType]:
    """Return the cures of errors that no run's summary tells."""
    errors = [step.error for step in report.steps if step.error is not None]
    told = [run.stop.message for run in report.runs if run.stop is not None]
    if report.stop is not None and not errors and report.stop.message not in told:
        errors = [report.stop]
    shown = [error for each in errors if (error := shown_stop(each)) is not None]
    return [Text(f"\n{printable(error.message)}\n{error.hint}", STYLES[report.ending]) for error in shown]


def _next(report: OrchestrationReport) -> list[str]:
    return [f"zdpipe orchestrations run {report.name} --resume"] if report.ending in UNFINISHED else []
