"""What alerts say of all queries of an orchestration together: what is next, and how each of them went."""

from __future__ import annotations

from collections.abc import Iterator

from zdpipe.model.alert import KILLED, Judgement, Subject
from zdpipe.model.orchestration import UNFINISHED, OrchestrationReport, Step
from zdpipe.reports.orchestrations_text import ENDINGS
from zdpipe.reports.words import duration, moment


def next_commands(judgement: Judgement, again: str) -> list[str]:
    """Return the commands that fit, with what they do; `again` gives the command once more."""
    name = judgement.subject.orchestration
    run = f"  zdpipe orchestrations run {name}"
    stop, occasion = judgement.stop, judgement.occasion
    if stop is None or stop.code == KILLED:
        return ["  zdpipe orchestrations list  (See when it is due, and how it went last.)"]
    if occasion is None or occasion.ending not in UNFINISHED:
        return [f"  {again}"] if again else [run]
    return [
        f"{run} --resume  (Go on with the queries that are not through.)",
        f"{run}  (Begin anew with the first query.)",
    ]


def occasion_lines(subject: Subject, report: OrchestrationReport) -> Iterator[str]:
    """Yield how an occasion stands, and each of its queries."""
    due = f", due {moment(report.due_at)} UTC" if report.due_at else ""
    # When a process was killed nobody knows, and between its stop and going on with it nothing went.
    is_known = report.finished_at is not None and not report.resumes
    how = f"{ENDINGS[report.ending]} after {duration(report.seconds)}" if is_known else ENDINGS[report.ending]
    yield f"Orchestration: {subject.orchestration} {how}, started {moment(report.started_at)} UTC{due}"
    for step in report.steps:
        yield f"  {step.query}: {_how(step)}"


def _how(step: Step) -> str:
    if step.error is not None:
        return f"not begun ({step.error.code})" if step.report is None else f"failed ({step.error.code})"
    if step.report is None:
        return "not begun"
    stop = f", {step.report.stop.code}" if step.report.stop else ""
    return f"{step.report.outcome} ({step.report.run_id}{stop})"
