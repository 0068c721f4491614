"""`zdpipe build`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zdpipe.cli.options import ProjectOption
from zdpipe.cli.output import write


def build(
    tables: Annotated[
        list[str] | None,
        typer.Argument(metavar="TABLE", help="Attribute tables. Default: all.", show_default=False),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the files go.")] = Path("build"),
    project: ProjectOption = None,
) -> int:
    """Write attribute tables as Parquet files for other tools."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.build import build_tables

    with open_bench(project, "build") as bench:
        built = build_tables(bench, tables or [], out)
    for table in built:
        write(f"{table.path}: {table.rows:,} rows\n")
    return 0
