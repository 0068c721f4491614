"""`zdpipe resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.confirm import confirm_destination, confirm_sending
from zdpipe.cli.options import Format, FormatOption, ProjectOption, YesOption
from zdpipe.cli.output import note, write_json
from zdpipe.cli.run import show_run as show_summary
from zdpipe.cli.watching import watched

if TYPE_CHECKING:
    from zdpipe.model.run import RunReport
    from zdpipe.pipeline.workbench import Workbench

_EVERY_RUN = -1


def resume(
    run_id: Annotated[
        str | None,
        typer.Argument(metavar="RUN", help="Default: the newest unfinished one.", show_default=False),
    ] = None,
    yes: YesOption = False,
    output_format: FormatOption = Format.TEXT,
    project: ProjectOption = None,
) -> int:
    """Finish a stopped run without running its query again."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.model.alert import Subject
    from zdpipe.pipeline.resume import destination_of, resume_run
    from zdpipe.reports.run_json import run_json

    with open_bench(project, f"resume {run_id or ''}".strip()) as bench:
        chosen = _choose(bench, run_id)

        def work() -> RunReport:
            if chosen is not None and chosen.rolls_back is None:
                confirm_sending(bench, destination_of(bench, chosen.run_id), yes=yes)
            elif chosen is not None:  # it puts back what was there, and has no query to be approved
                confirm_destination(destination_of(bench, chosen.run_id), yes=yes)
            return resume_run(bench, chosen.run_id if chosen else None)

        if chosen is not None and chosen.finished_at is None:
            report = watched(bench, Subject(chosen.query, chosen.destination), work, run_id=chosen.run_id)
        else:
            if chosen is not None:
                note(f"Nothing is left to do: run {chosen.run_id} has ended.")
            report = resume_run(bench, chosen.run_id if chosen else None)
    if output_format is Format.JSON:
        write_json(run_json(report))
    else:
        show_summary(report)
    return exit_codes.of_run(report)


def _choose(bench: Workbench, run_id: str | None) -> RunReport | None:
    """Return the run of that name, by default the newest unfinished one, else the newest."""
    from zdpipe.pipeline.history import list_runs, show_run

    if run_id is not None:
        return show_run(bench, run_id)
    reports = list_runs(bench, _EVERY_RUN)
    return next((report for report in reports if report.finished_at is None), reports[0] if reports else None)
