"""`zdpipe fields`: diff."""

from __future__ import annotations

from typing import Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.options import Format, FormatOption, ProjectOption
from zdpipe.cli.output import show, write_json


def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="A destination.", show_default=False)],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one.", show_default=False)],
    output_format: FormatOption = Format.TEXT,
    project: ProjectOption = None,
) -> int:
    """Compare the custom fields of two accounts; the exit code is 1 where they differ."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.survey import compare_fields
    from zdpipe.reports.differences import fields_diff_json, fields_diff_text

    with open_bench(project, f"fields diff {first} {second}") as bench:
        found = compare_fields(bench, first, second)
    if output_format is Format.JSON:
        write_json(fields_diff_json(found))
    else:
        show(fields_diff_text(found))
    return exit_codes.FOUND if found.differences else exit_codes.DONE
