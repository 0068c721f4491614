"""`zdpipe runs failures`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from zdpipe.cli.options import PiiOption, ProjectOption, RunArgument
from zdpipe.cli.output import note, show, write

if TYPE_CHECKING:
    import polars as pl

    from zdpipe.pipeline.failed import Failures

_PEOPLE = 20  # each of them takes several lines
_SUFFIXES = (".csv", ".ndjson", ".parquet")


class FailuresFormat(StrEnum):
    """How failed user objects are printed."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


def failures(
    run_id: RunArgument = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Write all of them to a .csv, .ndjson or .parquet file, masked unless you ask.",
            show_default=False,
        ),
    ] = None,
    show_pii: PiiOption = False,
    output_format: Annotated[
        FailuresFormat, typer.Option("--format", help="For people, for programs, or for a spreadsheet.")
    ] = FailuresFormat.TEXT,
    project: ProjectOption = None,
) -> int:
    """Show the users that Zendesk refused, in its own words."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline import history

    if out is not None:
        _suffix(out)  # a wrong name is told before the work
    few = output_format is FailuresFormat.TEXT and out is None
    with open_bench(project, "runs failures") as bench:
        found = history.failures(bench, run_id, people=_PEOPLE if few else None)
    if out is not None:
        _export(found.rows, out, show_pii=show_pii)
    if few or output_format is not FailuresFormat.TEXT:
        _print(found, output_format, show_pii=show_pii)
    return 0


def _print(found: Failures, output_format: FailuresFormat, *, show_pii: bool) -> None:
    from zdpipe.reports import failures as formats

    records = formats.shown_failures(found.rows, show_pii=show_pii)
    match output_format:
        case FailuresFormat.TEXT:
            show(formats.failures_text(records, found.people, found.objects))
        case FailuresFormat.JSON:
            write(formats.failures_json(found.run_id, records, found.people))
        case FailuresFormat.NDJSON:
            write(formats.failures_ndjson(records))
        case FailuresFormat.CSV:
            write(formats.failures_frame(found.rows, show_pii=show_pii).write_csv())


def _suffix(out: Path) -> str:
    from zdpipe.errors import UsageProblem

    suffix = out.suffix.lower()
    if suffix not in _SUFFIXES:
        raise UsageProblem(f"{out} ends in none of {', '.join(_SUFFIXES)}.", "Name the file accordingly.")
    return suffix


def _export(rows: pl.DataFrame, out: Path, *, show_pii: bool) -> None:
    from zdpipe.cli.private_file import write_private
    from zdpipe.reports.failures import failures_frame, failures_ndjson

    suffix = _suffix(out)
    shown = failures_frame(rows, show_pii=show_pii)

    def fill(file: BinaryIO) -> None:
        if suffix == ".csv":
            shown.write_csv(file)
        elif suffix == ".parquet":
            shown.write_parquet(file)
        else:
            file.write(failures_ndjson(shown.to_dicts()).encode())

    write_private(out, fill)
    note(f"{len(rows):,} failed user objects are in {out}{'' if show_pii else ', masked'}.")
