"""`zdpipe runs show`."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli.options import PiiOption, ProjectOption, RunArgument
from zdpipe.cli.output import as_text, note, write, write_json
from zdpipe.cli.run import show_run

if TYPE_CHECKING:
    from zdpipe.model.run import RunReport


class ShowFormat(StrEnum):
    """How a run is printed."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def show(
    run_id: RunArgument = None,
    output_format: Annotated[
        ShowFormat,
        typer.Option("--format", help="For people, one JSON document for programs, or one page."),
    ] = ShowFormat.TEXT,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the report to a file too.", show_default=False),
    ] = None,
    show_pii: PiiOption = False,
    project: ProjectOption = None,
) -> int:
    """Show one run, also while it is going."""
    from zdpipe.reports.run_json import run_json

    report, page = _look(run_id, output_format, show_pii=show_pii, project=project)
    if out is not None:
        _write(out, report, page, output_format, show_pii=show_pii)
    if output_format is ShowFormat.JSON:
        write_json(run_json(report))
    elif output_format is ShowFormat.HTML and out is None:
        write(page)
    else:
        # A page is for a browser: whoever keeps it in a file sees the run in words.
        show_run(report, show_pii=show_pii)
    return 0


def _look(
    run_id: str | None, output_format: ShowFormat, *, show_pii: bool, project: Path | None
) -> tuple[RunReport, str]:
    """Return the run's report, and its page where one is asked for."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.history import show_run as find_run

    with open_bench(project, "runs show") as bench:
        if output_format is not ShowFormat.HTML:
            return find_run(bench, run_id), ""
        from zdpipe.pipeline.dossier import dossier
        from zdpipe.reports.run_html import run_html

        made = dossier(bench, run_id)
        return made.report, run_html(made, show_pii=show_pii)


def _write(out: Path, report: RunReport, page: str, output_format: ShowFormat, *, show_pii: bool) -> None:
    from zdpipe.cli.private_file import write_private
    from zdpipe.reports.run_json import run_json
    from zdpipe.reports.run_text import run_text

    match output_format:
        case ShowFormat.JSON:
            text = json.dumps(run_json(report), ensure_ascii=False, indent=2) + "\n"
        case ShowFormat.HTML:
            text = page
        case ShowFormat.TEXT:
            text = as_text(run_text(report, show_pii=show_pii))
    write_private(out, lambda file: file.write(text.encode()))
    note(f"The report of run {report.run_id} is in {out}.")
