"""`zdpipe runs export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zdpipe.cli.options import Format, FormatOption, PiiOption, ProjectOption
from zdpipe.cli.output import show, write_json


def export(
    *,
    to: Annotated[
        Path,
        typer.Option(
            "--to", metavar="FILE.duckdb|FOLDER", help="A DuckDB file, or a folder of Parquet files."
        ),
    ],
    show_pii: PiiOption = False,
    output_format: FormatOption = Format.TEXT,
    project: ProjectOption = None,
) -> int:
    """Write runs, outcomes, rejections, warnings and jobs as tables, as far as they are new."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.exporting import export_runs
    from zdpipe.reports.exported_text import exported_text

    with open_bench(project, f"runs export --to {to}") as bench:
        exported = export_runs(bench, to, show_pii=show_pii)
    if output_format is Format.JSON:
        write_json({"to": str(to), **exported.as_json()})
    else:
        show(exported_text(exported, str(to)))
    return 0
