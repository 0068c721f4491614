"""What the end of an occasion says of an orchestration, beside what its queries tell of themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from zdpipe.alerts.judge import FEWEST_RUNS, slow
from zdpipe.model.alert import KILLED, STILL_GOING, Finding, Judgement, Kind, Subject
from zdpipe.model.orchestration import UNFINISHED, Ending, OrchestrationReport
from zdpipe.model.run import Stop
from zdpipe.project.alerts import Alerts

NOT_ALL_BEGUN = "not_all_begun"
_BATCHES_LEFT = 4


def judge_occasion(
    report: OrchestrationReport, past: Sequence[float], alerts: Alerts, missed: int = 0
) -> Judgement:
    """Judge an occasion that ended; `past` are the seconds of those before it, `missed` the times before it.

    It failed where queries were never begun, and only there: those that were have alerts of their own.
    """
    subject = Subject("", report.destination, report.name)
    usual = () if report.resumes else past
    findings = tuple(_findings(report, usual, alerts))
    found = {finding.kind for finding in findings}
    clear = set() if report.not_begun else {Kind.FAILURE}
    clear |= {Kind.SLOW} if len(usual) >= FEWEST_RUNS and _is_whole(report) else set()
    clear |= {Kind.MISSED} if not (report.resumes or missed) else set()
    stop = _stop(report) if Kind.FAILURE in found else None
    return Judgement(subject, findings, frozenset(clear - found), stop=stop, occasion=report)


def judge_before(subject: Subject, killed: OrchestrationReport | None, missed: int) -> Judgement | None:
    """Judge what nobody could tell of when it happened; None where there is nothing.

    `killed` is the last occasion if its process is gone, `missed` are times that passed since.
    """
    findings, stop = [], None
    if killed is not None and killed.not_begun:
        stop = Stop(KILLED, f"Its process ended early. {_words(killed)}", _REPLACED, _BATCHES_LEFT)
        findings.append(Finding(Kind.FAILURE, KILLED, stop.message))
    if missed:
        times = "a time of its schedule was" if missed == 1 else f"{missed:,} times of its schedule were"
        words = f"{times} missed before this one: nothing started it then"
        findings.append(Finding(Kind.MISSED, Kind.MISSED, words))
    return Judgement(subject, tuple(findings), stop=stop, occasion=killed) if findings else None


def judge_unbegun(subject: Subject, stop: Stop) -> Judgement:
    """Judge what kept every query from beginning: one that is still going is missed, and no failure."""
    if stop.code == STILL_GOING:
        words = "it was still going when it was to begin once more, so that time was passed over"
        return Judgement(subject, (Finding(Kind.MISSED, STILL_GOING, words),))
    return Judgement(subject, (Finding(Kind.FAILURE, stop.code, stop.message),), stop=stop)


_REPLACED = "Nothing is needed: it has begun once more, which takes care of what was left."


def _findings(report: OrchestrationReport, usual: Sequence[float], alerts: Alerts) -> Iterator[Finding]:
    if report.ending in UNFINISHED and report.not_begun:
        yield Finding(Kind.FAILURE, NOT_ALL_BEGUN, _words(report))
    if report.overlapped:
        times = "a time" if report.overlapped == 1 else f"{report.overlapped:,} times"
        words = f"it was still going at {times} of its schedule, passed over"
        yield Finding(Kind.MISSED, STILL_GOING, words)
    if _is_whole(report):
        yield from slow(report.seconds, usual, alerts)


def _is_whole(report: OrchestrationReport) -> bool:
    return report.ending in {Ending.SUCCEEDED, Ending.PARTIAL}


def _stop(report: OrchestrationReport) -> Stop:
    """Say what kept the later queries from beginning, with the cure of the query before them."""
    words = _words(report)
    if report.stop is None:
        return Stop(NOT_ALL_BEGUN, words, "", _BATCHES_LEFT)
    return replace(report.stop, code=NOT_ALL_BEGUN, message=f"{words} {report.stop.message}")


def _words(report: OrchestrationReport) -> str:
    left = report.not_begun
    verb = "was" if len(left) == 1 else "were"
    return f"{len(left)} of {len(report.steps)} queries {verb} not begun: {', '.join(left)}."
