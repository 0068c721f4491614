"""Why a run is not well, and what fits, in words for the person who looks at it."""

from __future__ import annotations

import re

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from zdpipe.model.cause import Cause, cause_of
from zdpipe.model.run import Outcome, RunReport
from zdpipe.reports.facts import copyable
from zdpipe.reports.run_json import shown_stop
from zdpipe.reports.words import printable


def cause_text(report: RunReport) -> list[RenderableType]:
    """Return the cause in one sentence, what was said of it, and each action with its command."""
    cause = cause_of(report)
    if cause is None:
        return []
    style = "red" if report.outcome is Outcome.FAILED else "yellow"
    return [
        Text.assemble("\n", ("Cause: ", "bold"), (cause.sentence, style)),
        *(Text(printable(words)) for words in cause_details(report, cause)),
        *_actions(report, cause),
    ]


def cause_details(report: RunReport, cause: Cause) -> list[str]:
    """Return what was said of a cause, its cure, and who holds the account, a sentence or more each."""
    stop = shown_stop(report.stop)
    said = stop.message if stop and not report.was_refused and stop.message != cause.sentence else ""
    cure = cause.cure if stop is None or report.was_refused else _without_command(stop.hint, report)
    held = f"The account is being written to by {report.held_by}." if report.held_by else ""
    return [words for words in (said, cure, held) if words]


def _without_command(hint: str, report: RunReport) -> str:
    """Return a cure without its last sentence, where that names a command which is among the actions."""
    return re.sub(rf"(Then c|C)ontinue with: zdpipe resume {re.escape(report.run_id)}", "", hint).strip()


def _actions(report: RunReport, cause: Cause) -> list[RenderableType]:
    if not cause.actions:
        return []
    lines: list[RenderableType] = [Text("\nWhat fits", "bold")]
    for action in cause.actions:
        lines.append(Padding(Text.assemble((action.name, "bold"), f": {action.words}"), (0, 0, 0, 2)))
        lines.append(Text(f"    {action.command}", no_wrap=True, overflow="ignore"))  # to be copied whole
    return [Group(*lines), *copyable("Choose one", [f"zdpipe runs act {report.run_id}"])]
