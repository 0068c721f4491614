"""`zdpipe rollback`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.confirm import confirm_destination
from zdpipe.cli.options import Format, FormatOption, PiiOption, ProjectOption, YesOption
from zdpipe.cli.output import show, write, write_json
from zdpipe.cli.run import from_here, show_run
from zdpipe.cli.watching import watched

if TYPE_CHECKING:
    from zdpipe.model.rollback import RolledBack


def rollback(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run that has ended.", show_default=False)],
    *,
    suspend_created: Annotated[
        bool, typer.Option("--suspend-created", help="Suspend the users whom the run created.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and send nothing.")
    ] = False,
    yes: YesOption = False,
    show_pii: PiiOption = False,
    output_format: FormatOption = Format.TEXT,
    project: ProjectOption = None,
) -> int:
    """Put back what a run changed, where it was read before and is still as the run left it."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.model.alert import Subject
    from zdpipe.model.rollback import RolledBack
    from zdpipe.pipeline.rollback import rollback as planned
    from zdpipe.reports.rollback_text import rollback_json, rollback_text

    as_text = output_format is Format.TEXT
    with (
        open_bench(project, f"rollback {run_id}") as bench,
        planned(bench, run_id, suspend_created=suspend_created) as rollback,
    ):
        plan = rollback.plan
        if as_text:
            show(rollback_text(plan, sends=not (dry_run or plan.is_empty), show_pii=show_pii))
        done = RolledBack(plan)
        if not dry_run and not plan.is_empty:
            confirm_destination(bench.project.destinations[plan.destination], yes=yes)
            subject = Subject(plan.query, plan.destination)
            report = watched(bench, subject, lambda: rollback.send(suspend_created=suspend_created))
            done = RolledBack(plan, report, rollback.files(report.run_id))
    if not as_text:
        write_json(rollback_json(done, show_pii=show_pii))
    elif done.run is not None:
        _show_run(done)
    return exit_codes.of_run(done.run) if done.run is not None else exit_codes.DONE


def _show_run(done: RolledBack) -> None:
    from zdpipe.reports.rollback_text import left_files

    write("\n")
    if done.run is not None:
        show_run(done.run)
    if done.files:
        show(left_files([from_here(path) for path in done.files]))
