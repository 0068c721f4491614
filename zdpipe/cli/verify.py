"""`zdpipe verify`."""

from __future__ import annotations

from typing import Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.options import Format, FormatOption, PiiOption, ProjectOption, RunArgument
from zdpipe.cli.output import show, write_json


def verify(
    run_id: RunArgument = None,
    *,
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample", metavar="N", min=1, help="Look at N customers, drawn by lot.", show_default=False
        ),
    ] = None,
    output_format: FormatOption = Format.TEXT,
    show_pii: PiiOption = False,
    project: ProjectOption = None,
) -> int:
    """Read back what a run sent, and tell who changed what since."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.verify import verify_run
    from zdpipe.reports.verify_text import verify_json, verify_text

    with open_bench(project, f"verify {run_id or ''}".strip()) as bench:
        found = verify_run(bench, run_id, sample=sample)
    if output_format is Format.JSON:
        write_json(verify_json(found, show_pii=show_pii))
    else:
        show(verify_text(found, show_pii=show_pii))
    return exit_codes.DONE if found.is_good else exit_codes.FOUND
