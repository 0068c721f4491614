"""The log on stderr as JSON, one object a line, where a command is given `--log-format json`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from zdpipe.cli.invocation import wants
from zdpipe.clock import Clock, SystemClock

if TYPE_CHECKING:
    from zdpipe.model.finding import Finding
    from zdpipe.model.run import RunReport

OPTION = "--log-format"


class LogFormat(StrEnum):
    """How progress, remarks and errors are written to stderr."""

    TEXT = "text"
    JSON = "json"


class Level(StrEnum):
    """How much a line matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass
class _Subject:
    """What the lines of now are about, and the clock they are dated by."""

    clock: Clock = field(default_factory=SystemClock)
    query: str | None = None
    run_id: str | None = None
    stage: str | None = None


_subject = _Subject()


def is_json() -> bool:
    """Tell whether the command writes its log as JSON lines."""
    return wants(OPTION, LogFormat.JSON)


def begin(clock: Clock) -> None:
    """Forget what the lines so far were about."""
    global _subject  # noqa: PLW0603 - a process has one log
    _subject = _Subject(clock)


def about(query: str, run_id: str | None) -> None:
    """Name the query, and once there is one the run, that all further lines are about.

    The stage of a query that learns its run stays; that of another run is none of this one's.
    """
    if _subject.run_id is not None or query != _subject.query:
        _subject.stage = None
    _subject.query, _subject.run_id = query, run_id


def enter(stage: str) -> None:
    """Name the stage that all further lines belong to."""
    _subject.stage = stage


def line(level: Level, message: str, **more: object) -> str:
    """Return one line: time in UTC, level, message, then run_id, query and stage where there are such."""
    place = {"run_id": _subject.run_id, "query": _subject.query, "stage": _subject.stage}
    document = {
        "time": _subject.clock.now().isoformat(timespec="milliseconds"),
        "level": level.value,
        "message": message,
        **{name: value for name, value in place.items() if value is not None},
        **{name: value for name, value in more.items() if value not in (None, "")},
    }
    return json.dumps(document, ensure_ascii=False, default=str)


def run_line(report: RunReport) -> str:
    """Return the line that ends a run: its outcome, its counts, and why it stopped."""
    about(report.query, report.run_id)
    enter("ended")
    stop = report.stop
    level = Level.ERROR if stop else Level.WARNING if report.outcome.value != "succeeded" else Level.INFO
    words = stop.message if stop else f"Run {report.run_id} has {report.outcome}"
    return line(
        level,
        words,
        outcome=report.outcome.value,
        counts=report.counts.as_json(),
        seconds=round(report.seconds, 3),
        code=stop.code if stop else None,
        hint=stop.hint if stop else None,
    )


def finding_line(finding: Finding) -> str:
    """Return a finding of the linter as a line."""
    level = Level.ERROR if finding.severity.value == "error" else Level.WARNING
    return line(level, finding.message, finding=finding.as_json())
