"""`zdpipe runs act`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli.options import Format, FormatOption, PiiOption, ProjectOption, RunArgument, YesOption
from zdpipe.cli.output import choose, note
from zdpipe.errors import UsageProblem
from zdpipe.model.action import ActionName

if TYPE_CHECKING:
    from zdpipe.model.action import Action
    from zdpipe.model.cause import Cause
    from zdpipe.model.run import RunReport

_CODE = "action"


def act(
    run_id: RunArgument = None,
    *,
    action: Annotated[
        ActionName | None,
        typer.Option(
            "--action",
            metavar="NAME",
            help="One of the actions that zdpipe runs show lists. Without it a terminal asks.",
            show_default=False,
        ),
    ] = None,
    yes: YesOption = False,
    show_pii: PiiOption = False,
    output_format: FormatOption = Format.TEXT,
    project: ProjectOption = None,
) -> int:
    """Do what fits about a run that failed, stopped or was refused."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.cli.deeds import Deed, carry_out
    from zdpipe.model.cause import cause_of
    from zdpipe.pipeline.history import show_run

    with open_bench(project, "runs act") as bench:
        report = show_run(bench, run_id)
    cause = cause_of(report)
    if cause is None or not cause.actions:
        raise UsageProblem(
            f"Run {report.run_id} needs nothing: it is {report.outcome}.",
            f"Look at it with: zdpipe runs show {report.run_id}",
            code=_CODE,
        )
    chosen = _named(report, cause, action) if action is not None else _asked(report, cause)
    deed = Deed(report, yes=yes, output_format=output_format, project=project, show_pii=show_pii)
    return carry_out(chosen.name, deed)


def _named(report: RunReport, cause: Cause, name: ActionName) -> Action:
    for action in cause.actions:
        if action.name is name:
            return action
    raise UsageProblem(
        f"The action {name} does not fit run {report.run_id}: {cause.sentence}", _listed(cause), code=_CODE
    )


def _asked(report: RunReport, cause: Cause) -> Action:
    """Let the person at the terminal choose; raises UsageProblem where nobody is there, or chooses none."""
    from zdpipe.reports.words import printable

    choices = [f"{action.name}: {action.words}" for action in cause.actions]
    query = printable(report.query)
    note(f"{query} → {report.destination}, run {report.run_id}\n{cause.sentence} {cause.cure}")
    place = choose("Which one? (Enter for none)", choices)
    if place is None:
        message = f"No action is named for run {report.run_id}, and nobody is here to choose."
    elif place < 0:
        message = "Nothing was done: none of the actions was chosen."
    else:
        return cause.actions[place]
    raise UsageProblem(message, _listed(cause), code=_CODE)


def _listed(cause: Cause) -> str:
    names = ", ".join(action.name for action in cause.actions)
    return f"Name one of those that fit with --action: {names}."
