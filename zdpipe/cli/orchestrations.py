"""`zdpipe orchestrations`: list and run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.confirm import confirm_sending
from zdpipe.cli.options import AllowOption, Format, FormatOption, ProjectOption, YesOption
from zdpipe.cli.output import note, show, write_json
from zdpipe.errors import StateError, UsageProblem

if TYPE_CHECKING:
    from zdpipe.model.orchestration import OrchestrationReport

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="Its name in zdpipe.toml.", show_default=False)
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on with the last time it was run, where that stopped.")
]
DueOption = Annotated[
    bool, typer.Option("--due", help="For schedulers: do nothing unless a time of its schedule came.")
]


def list_(output_format: FormatOption = Format.TEXT, project: ProjectOption = None) -> int:
    """List orchestrations: when each is due, and how it went last."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.orchestrations import list_orchestrations
    from zdpipe.reports.orchestrations_text import orchestrations_text

    with open_bench(project, "orchestrations list") as bench:
        overviews = list_orchestrations(bench)
    if output_format is Format.JSON:
        write_json({"orchestrations": [overview.as_json() for overview in overviews]})
    else:
        show(orchestrations_text(overviews))
    return exit_codes.DONE


def run_(
    name: NameArgument,
    *,
    resume: ResumeOption = False,
    due: DueOption = False,
    allow: AllowOption = None,
    yes: YesOption = False,
    output_format: FormatOption = Format.TEXT,
    project: ProjectOption = None,
) -> int:
    """Run the queries of an orchestration in order."""
    if resume and due:
        raise UsageProblem(
            "--due begins anew where the schedule says so, and --resume goes on.", "Leave one of them out."
        )
    idle = _unless_due(name, project) if due else None
    if idle is not None:
        return _finish(idle, output_format, resume=resume)
    from zdpipe.cli.bench import open_bench
    from zdpipe.cli.occasion import OccasionWatch
    from zdpipe.model.orchestration import Order
    from zdpipe.pipeline.orchestrate import run_orchestration

    order = Order(resumes=resume, if_due=due, allow=frozenset(allow or ()))
    with open_bench(project, f"orchestrations run {name}") as bench:
        table = bench.project.orchestration(name)
        watch = OccasionWatch(bench, table, order, output_format)
        watch.look_back()
        try:
            confirm_sending(bench, watch.destination, yes=yes)
            report = run_orchestration(bench, name, order, watch)
        except Exception as error:
            watch.tell_error(error)
            raise
        watch.tell(report)
    return _finish(report, output_format, resume=resume)


def _unless_due(name: str, project: Path | None) -> OrchestrationReport | None:
    """Return a report that nothing is to be done, before anything is loaded that a run needs.

    A state that cannot be read is left to the run, which tells the project's channels.
    """
    from zdpipe.cli.project import open_project
    from zdpipe.clock import SystemClock
    from zdpipe.pipeline.due import report_unless_due

    loaded = open_project(project)
    try:
        return report_unless_due(loaded, name, SystemClock().now())
    except StateError:
        return None


def _finish(report: OrchestrationReport, output_format: Format, *, resume: bool) -> int:
    if output_format is Format.JSON:
        from zdpipe.reports.orchestration_json import orchestration_json

        write_json(orchestration_json(report))
    else:
        _show(report, resume=resume)
    return exit_codes.of_occasion(report)


def _show(report: OrchestrationReport, *, resume: bool) -> None:
    """Print the summary; where nothing was due, a scheduler is to have nothing to mail."""
    from zdpipe.model.orchestration import Ending
    from zdpipe.reports.orchestration_text import orchestration_text

    if report.ending is Ending.NOT_DUE:
        return
    if resume and report.stop is None and not report.resumes:
        note("Nothing is left to do: it was through.")
    show(orchestration_text(report))
