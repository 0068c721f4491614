"""`zdpipe schema`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli.options import ProjectOption
from zdpipe.cli.output import write

if TYPE_CHECKING:
    from zdpipe.pipeline.schema import SchemaReport


def schema(
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="D",
            help="Also write the custom fields of this destination's account.",
            show_default=False,
        ),
    ] = None,
    project: ProjectOption = None,
) -> int:
    """Write the source's tables and columns, and an account's fields, to schema.json."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.schema import refresh_account, refresh_schema

    with open_bench(project, "schema") as bench:
        _tell(refresh_schema(bench), "table")
        if to is not None:
            _tell(refresh_account(bench, to), f"custom field of {to}", f"custom fields of {to}")
    return 0


def _tell(report: SchemaReport, one: str, several: str | None = None) -> None:
    what = one if report.entries == 1 else several or f"{one}s"
    state = "written" if report.changed else "unchanged"
    write(f"{report.path}: {report.entries:,} {what}, {state}\n")
