"""`zdpipe retry`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.confirm import confirm_sending
from zdpipe.cli.options import Format, FormatOption, ProjectOption, YesOption
from zdpipe.cli.output import note, write_json
from zdpipe.cli.run import show_run
from zdpipe.cli.watching import watched

if TYPE_CHECKING:
    from zdpipe.model.run import RunReport


def retry(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run that has ended.", show_default=False)],
    yes: YesOption = False,
    output_format: FormatOption = Format.TEXT,
    project: ProjectOption = None,
) -> int:
    """Run a query again for the people who failed in a run."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.model.alert import Subject
    from zdpipe.pipeline.retry import destination_of_retry, retry_run, run_to_retry
    from zdpipe.reports.run_json import run_json

    with open_bench(project, f"retry {run_id}") as bench:
        report = run_to_retry(bench, run_id)
        somebody_failed = report.counts.failed > 0

        def work() -> RunReport:
            confirm_sending(bench, destination_of_retry(bench, run_id), yes=yes)
            return retry_run(bench, run_id)

        if somebody_failed:
            report = watched(bench, Subject(report.query, report.destination), work)
        else:
            note(f"Nothing was sent: nobody failed in run {run_id}.")
    if output_format is Format.JSON:
        write_json(run_json(report))
    else:
        show_run(report)
    return exit_codes.of_run(report) if somebody_failed else exit_codes.DONE
