"""`zdpipe sample`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zdpipe.cli.options import ProjectOption
from zdpipe.cli.output import write
from zdpipe.cli.project import nearest_project

_DEFAULT_OUT = Path("data") / "customer_360.duckdb"


def sample(
    rows: Annotated[int, typer.Option("--rows", metavar="N", min=0, help="Customers to make up.")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Another seed, other customers.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="The DuckDB file. Default: the project's source database, else data/customer_360.duckdb.",
            show_default=False,
        ),
    ] = None,
    project: ProjectOption = None,
) -> int:
    """Make a messy Customer_360 to try things with."""
    from zdpipe.sample import write_sample

    here = None if out else nearest_project(project)
    made = write_sample(out or (here and here.source.database) or _DEFAULT_OUT, rows, seed)
    size = f"{made.size / 1_000_000:,.1f} MB"
    write(f"{made.path}: Customer_360 with {made.rows:,} rows, {size}, seed {made.seed}\n")
    return 0
