"""`zdpipe adopt`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.options import Format, FormatOption, ProjectOption, ToOption
from zdpipe.cli.output import show, write_json


def adopt(
    query: Annotated[Path, typer.Argument(metavar="QUERY", help="A SQL file.", show_default=False)],
    to: ToOption = None,
    output_format: FormatOption = Format.TEXT,
    project: ProjectOption = None,
) -> int:
    """Learn what an account holds already of a query's customers; nothing is sent."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.adopt import adopt_query
    from zdpipe.reports.adoption_text import adoption_text

    with open_bench(project, f"adopt {query}") as bench:
        adoption = adopt_query(bench, query, to=to)
    if output_format is Format.JSON:
        write_json(adoption.as_json())
    else:
        show(adoption_text(adoption))
    return exit_codes.DONE
