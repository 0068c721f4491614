"""Alerts in words: a title that says it all, then the cause, the cure and the commands.

They leave the machine, so nothing of a customer is in them: sentences of the catalogue, numbers, and
messages of which addresses and long numbers are masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from zdpipe.model.alert import Alert, Judgement, Kind, Message, State
from zdpipe.model.cause import cause_of, entry_of
from zdpipe.model.orchestration import UNFINISHED
from zdpipe.model.run import Outcome, RunReport
from zdpipe.reports.alert_occasion import next_commands, occasion_lines
from zdpipe.reports.mask import mask_sentence
from zdpipe.reports.words import count, moment, printable

_TITLES = {
    Kind.REJECTED: "many rows were rejected",
    Kind.FAILED: "customers failed",
    Kind.CHANGED: "many customers changed",
    Kind.SLOW: "it took much longer than usual",
    Kind.NOTHING_SENT: "fewer customers were sent than expected",
    Kind.FULL_SEND: "nearly everybody was sent once more",
    Kind.MISSED: "a time of its schedule was missed",
}
# The name of a run reads like a telephone number.
_RUN = re.compile(r"(\b\d{8}-\d{6}-[0-9a-f]{4}\b)")
_MOST_ACTIONS = 6
TEST = Message(
    "zdpipe: a test",
    "This channel is told what happens to zdpipe's runs when nobody watches. Nothing happened just now.",
    is_good=True,
)


def alert_message(alert: Alert, project: str, again: str) -> Message:
    """Return the words for one channel; `project` is its folder, `again` gives the command once more."""
    judgement = alert.judgement
    lines = [*_begun(alert, again), *_over(alert), *_run(judgement.report), *_occasion(judgement)]
    lines.append(f"Project: {project}")
    body = "\n".join(printable(line) for line in lines)
    return Message(printable(_title(alert)), body, is_good=not alert.begun)


def masked_cause(message: str) -> str:
    """Return a message with addresses and long numbers masked; names of runs are no numbers."""
    # The engine points at a place in the query, whose text may name somebody.
    words = message.partition("\nLINE ")[0]
    parts = _RUN.split(" ".join(words.split()))
    return "".join(part if _RUN.fullmatch(part) else mask_sentence(part) for part in parts)


def _title(alert: Alert) -> str:
    subject = alert.judgement.subject
    about = f"{subject.name} → {subject.destination}" if subject.destination else subject.name
    occasion = alert.judgement.occasion
    is_through = occasion is None or occasion.ending not in UNFINISHED
    if not alert.begun and (alert.judgement.findings or not is_through):
        return f"zdpipe: {about}: over is: {'; '.join(_was(state) for state in alert.over)}"
    if not alert.begun:
        return f"zdpipe: {about} is fine again"
    kinds = [state.kind for state in alert.begun]
    if Kind.FAILURE in kinds:
        return f"zdpipe: {about} failed: {_sentence(alert)}"
    return f"zdpipe: {about}: {', '.join(_TITLES[kind] for kind in kinds)}"


def _sentence(alert: Alert) -> str:
    """Say in the catalogue's words why it failed."""
    judgement = alert.judgement
    cause = cause_of(judgement.report) if judgement.report else None
    code = judgement.stop.code if judgement.stop else "error"
    return cause.sentence if cause and cause.code == code else entry_of(code).sentence


def _begun(alert: Alert, again: str) -> Iterator[str]:
    judgement = alert.judgement
    if any(state.kind is Kind.FAILURE for state in alert.begun) and judgement.stop is not None:
        yield f"Cause: {masked_cause(judgement.stop.message)}"
        yield f"Cure: {judgement.stop.hint or entry_of(judgement.stop.code).cure}"
    for state in alert.begun:
        finding = judgement.finding(state.kind)
        if finding is not None and state.kind is not Kind.FAILURE:
            yield f"{finding.words[:1].upper()}{finding.words[1:]}."
    if alert.begun:
        yield from _next(judgement, again)


def _next(judgement: Judgement, again: str) -> Iterator[str]:
    subject, report = judgement.subject, judgement.report
    commands = next_commands(judgement, again) if subject.orchestration else _run_commands(report, again)
    yield from ["Next:", *commands] if commands else []


def _run_commands(report: RunReport | None, again: str) -> list[str]:
    cause = cause_of(report) if report is not None else None
    actions = cause.actions[:_MOST_ACTIONS] if cause else ()
    commands = [f"  {action.command}  ({action.words})" for action in actions]
    if report is not None and not commands:
        commands = [f"  zdpipe runs show {report.run_id}"]
    elif report is None and again:
        commands = [f"  {again}"]
    return commands


def _occasion(judgement: Judgement) -> Iterator[str]:
    if judgement.occasion is not None:
        yield from occasion_lines(judgement.subject, judgement.occasion)


def _over(alert: Alert) -> Iterator[str]:
    for state in alert.over:
        was = _was(state)
        yield f"Over: {was[:1].upper()}{was[1:]}, since {moment(state.since)} UTC."


def _was(state: State) -> str:
    return entry_of(state.cause).sentence.rstrip(".") if state.kind is Kind.FAILURE else _TITLES[state.kind]


def _run(report: RunReport | None) -> Iterator[str]:
    if report is None:
        return
    counts = report.counts
    yield f"Run: {report.run_id}, {_OUTCOMES[report.outcome]}, started {moment(report.started_at)} UTC"
    numbers = {"read": counts.read, "created": counts.created, "updated": counts.updated}
    more = {"rejected": counts.rejected, "failed": counts.failed, "not sent": counts.pending}
    words = [f"{count(number)} {name}" for name, number in numbers.items()]
    words += [f"{count(number)} {name}" for name, number in more.items() if number]
    yield f"Rows: {', '.join(words)}"


_OUTCOMES = {
    Outcome.RUNNING: "still going",
    Outcome.SUCCEEDED: "done",
    Outcome.PARTIAL: "done, but not everybody arrived",
    Outcome.FAILED: "stopped",
    Outcome.INTERRUPTED: "interrupted",
    Outcome.SUPERSEDED: "replaced by a later run",
}
