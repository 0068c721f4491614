"""`zdpipe runs`: list, rejects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from zdpipe.cli.options import Format, FormatOption, PiiOption, ProjectOption, RunArgument
from zdpipe.cli.output import note, show, width, write_json

if TYPE_CHECKING:
    import polars as pl

_LINES = 50


def list_(
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="So many runs.")] = 20,
    output_format: FormatOption = Format.TEXT,
    project: ProjectOption = None,
) -> int:
    """List the newest runs."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.history import list_runs
    from zdpipe.reports.run_json import run_json
    from zdpipe.reports.runs_table import runs_table

    with open_bench(project, "runs list") as bench:
        reports = list_runs(bench, limit)
    if output_format is Format.JSON:
        write_json({"runs": [run_json(report) for report in reports]})
    else:
        show(runs_table(reports, width()))
    return 0


def rejects(
    run_id: RunArgument = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Write all of them to a .csv or .parquet file; masked too without --show-pii.",
            show_default=False,
        ),
    ] = None,
    show_pii: PiiOption = False,
    output_format: FormatOption = Format.TEXT,
    project: ProjectOption = None,
) -> int:
    """Show the rows a run left out, and why."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline import history
    from zdpipe.reports.rejects import shown_rejects

    with open_bench(project, "runs rejects") as bench:
        found = history.rejects(bench, run_id)
    if out is not None:
        _export(found.rows, out, show_pii=show_pii)
    if output_format is Format.JSON:
        files = [str(path) for path in (found.csv, found.parquet) if path]
        rows = shown_rejects(found.rows, show_pii=show_pii)
        write_json({"run_id": found.run_id, "rejects": rows, "files": files})
    elif out is None:
        _show_rejects(found.rows, show_pii=show_pii)
    return 0


def _show_rejects(rows: pl.DataFrame, *, show_pii: bool) -> None:
    from zdpipe.reports.rejects import rejects_text, shown_rejects

    show(rejects_text(shown_rejects(rows.head(_LINES), show_pii=show_pii), len(rows)))


def _export(rows: pl.DataFrame, out: Path, *, show_pii: bool) -> None:
    from zdpipe.cli.private_file import write_private
    from zdpipe.errors import UsageProblem
    from zdpipe.reports.rejects import mask_rejects

    shown = rows if show_pii else mask_rejects(rows)
    suffix = out.suffix.lower()
    if suffix not in {".csv", ".parquet"}:
        raise UsageProblem(f"{out} ends in neither .csv nor .parquet.", "Name the file accordingly.")

    def fill(file: BinaryIO) -> None:
        if suffix == ".csv":
            shown.write_csv(file)
        else:
            shown.write_parquet(file)

    write_private(out, fill)
    note(f"{len(rows):,} rejected rows are in {out}{'' if show_pii else ', masked'}.")
