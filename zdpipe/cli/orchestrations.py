"""`zdpipe orchestrations`: list and run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.confirm import confirm_sending
from zdpipe.cli.errors import log_error
from zdpipe.cli.options import AllowOption, Format, FormatOption, ProjectOption, YesOption
from zdpipe.cli.output import note, show, write, write_json
from zdpipe.cli.run import show_run
from zdpipe.cli.watching import watched
from zdpipe.errors import UsageProblem, ZdpipeError
from zdpipe.model.orchestration import Ending, Order

if TYPE_CHECKING:
    from zdpipe.model.orchestration import OrchestrationReport
    from zdpipe.model.run import RunReport
    from zdpipe.pipeline.conducting import Errand
    from zdpipe.pipeline.workbench import Workbench
    from zdpipe.project.destination import Destination
    from zdpipe.project.orchestration import Orchestration

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
    from zdpipe.pipeline.orchestrate import run_orchestration

    order = Order(resumes=resume, if_due=due, allow=frozenset(allow or ()))
    with open_bench(project, f"orchestrations run {name}") as bench:
        table = bench.project.orchestration(name)
        watch = _Watch(bench, table, output_format)
        try:
            confirm_sending(bench, watch.destination, yes=yes)
            report = run_orchestration(bench, name, order, watch)
        except Exception as error:
            watch.tell(error)
            raise
    return _finish(report, output_format, resume=resume)


@dataclass
class _Watch:
    """Tells how each query ended: on the screen, in the log, and to the project's channels."""

    bench: Workbench
    table: Orchestration
    output_format: Format
    has_begun: bool = False

    @property
    def destination(self) -> Destination:
        """Where all of it goes."""
        return self.bench.destination(self.table.destination)

    def __call__(self, errand: Errand) -> RunReport:
        """Do a query's work, and tell how it ended."""
        self.has_begun = True
        try:
            report = self._watched(errand.query, errand.work, errand.run_id)
        except ZdpipeError as error:
            if error.exit_code != exit_codes.OURS:  # a bug ends all of it, and is logged as any
                log_error(error)
            raise
        if self.output_format is Format.TEXT:
            show_run(report)
            write("\n")
        return report

    def tell(self, error: Exception) -> None:
        """Tell of what kept every query from beginning, as of the first one."""
        from zdpipe.pipeline.orchestrations import query_paths

        def work() -> RunReport:
            raise error

        if not self.has_begun:
            with suppress(type(error)):
                self._watched(query_paths(self.bench.project, self.table)[0], work, None)

    def _watched(self, query: str, work: Callable[[], RunReport], run_id: str | None) -> RunReport:
        from zdpipe.model.alert import Subject

        subject = Subject(query, self.destination.name)
        return watched(self.bench, subject, work, begins=run_id is None, run_id=run_id)


def _unless_due(name: str, project: Path | None) -> OrchestrationReport | None:
    """Return a report that nothing is to be done, before anything is loaded that a run needs."""
    from zdpipe.cli.project import open_project
    from zdpipe.clock import SystemClock
    from zdpipe.pipeline.due import report_unless_due

    return report_unless_due(open_project(project), name, SystemClock().now())


def _finish(report: OrchestrationReport, output_format: Format, *, resume: bool) -> int:
    if output_format is Format.JSON:
        from zdpipe.reports.orchestration_json import orchestration_json

        write_json(orchestration_json(report))
    else:
        _show(report, resume=resume)
    return exit_codes.of_occasion(report)


def _show(report: OrchestrationReport, *, resume: bool) -> None:
    """Print the summary; where nothing was due, a scheduler is to have nothing to mail."""
    from zdpipe.reports.orchestration_text import orchestration_text

    if report.ending is Ending.NOT_DUE:
        return
    if resume and report.stop is None and not report.resumes:
        note("Nothing is left to do: it was through.")
    show(orchestration_text(report))
