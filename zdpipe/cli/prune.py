"""`zdpipe runs prune`."""

from __future__ import annotations

from typing import Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.options import Format, FormatOption, ProjectOption
from zdpipe.cli.output import show, write_json


def prune(
    keep: Annotated[
        int | None,
        typer.Option(
            "--keep",
            metavar="N",
            min=1,
            help="So many finished runs of each query stay. Default: [state] keep_runs.",
            show_default=False,
        ),
    ] = None,
    output_format: FormatOption = Format.TEXT,
    project: ProjectOption = None,
) -> int:
    """Remove old finished runs with their files."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline import pruning
    from zdpipe.reports.pruned_text import pruned_text

    with open_bench(project, "runs prune") as bench:
        pruned = pruning.prune(bench, keep)
    if output_format is Format.JSON:
        write_json(pruned.as_json())
    else:
        show(pruned_text(pruned))
    return exit_codes.DONE
