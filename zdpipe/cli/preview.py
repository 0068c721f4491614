"""`zdpipe preview`."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from zdpipe.cli.options import PiiOption, ProjectOption
from zdpipe.cli.output import show, write


class PreviewFormat(StrEnum):
    """How mapped users are printed."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


def preview(
    query: Annotated[Path, typer.Argument(metavar="QUERY", help="A SQL file.", show_default=False)],
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="So many customers.")] = 10,
    output_format: Annotated[
        PreviewFormat, typer.Option("--format", help="For people, for programs, or for a spreadsheet.")
    ] = PreviewFormat.TABLE,
    show_pii: PiiOption = False,
    project: ProjectOption = None,
) -> int:
    """Show customers as Zendesk would get them."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.preview import preview_query
    from zdpipe.reports.payloads import shown_payloads

    with open_bench(project, f"preview {query}") as bench:
        payloads = preview_query(bench, query, limit=limit)
    _print(shown_payloads(payloads, show_pii=show_pii), output_format)
    return 0


def _print(payloads: Sequence[str], output_format: PreviewFormat) -> None:
    from zdpipe.reports import payloads as formats

    match output_format:
        case PreviewFormat.TABLE:
            show(formats.payloads_text(payloads))
        case PreviewFormat.JSON:
            write(formats.payloads_json(payloads))
        case PreviewFormat.NDJSON:
            write(formats.payloads_ndjson(payloads))
        case PreviewFormat.CSV:
            write(formats.payloads_csv(payloads))
