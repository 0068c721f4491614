"""`zdpipe plan`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli.options import Format, FullOption, PiiOption, ProjectOption, ToOption
from zdpipe.cli.output import as_text, note, show, write, write_json

if TYPE_CHECKING:
    from zdpipe.model.plan import PlanReport


class PlanFormat(StrEnum):
    """How a plan is printed."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def plan(  # noqa: PLR0913 - a command has as many arguments as flags
    query: Annotated[Path, typer.Argument(metavar="QUERY", help="A SQL file.", show_default=False)],
    *,
    to: ToOption = None,
    full: FullOption = False,
    output_format: Annotated[
        PlanFormat,
        typer.Option("--format", help="For people, one JSON document for programs, or one page."),
    ] = PlanFormat.TEXT,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the report to a file too.", show_default=False),
    ] = None,
    seal: Annotated[
        Path | None,
        typer.Option(
            "--seal",
            metavar="FILE",
            help="Seal the plan in a file, for zdpipe run --plan.",
            show_default=False,
        ),
    ] = None,
    online: Annotated[
        bool,
        typer.Option(
            "--online",
            help="Ask the account: its staff, fields that others may have changed, owners of new addresses.",
        ),
    ] = False,
    show_pii: PiiOption = False,
    project: ProjectOption = None,
) -> int:
    """Show what a run would do, and send nothing."""
    report = _plan_one(query, to, full=full, online=online, seal=seal is not None, project=project)
    if seal is not None:
        _write_seal(seal, report)
    if out is not None:
        _write_report(out, report, output_format, show_pii=show_pii)
    if output_format is PlanFormat.HTML and out is None:
        write(_as_text(report, output_format, show_pii=show_pii))
    else:
        # A page is for a browser: whoever keeps it in a file sees the plan in words.
        as_json = output_format is PlanFormat.JSON
        _show(report, Format.JSON if as_json else Format.TEXT, show_pii=show_pii)
    return 0


def plan_all(
    queries: Sequence[Path],
    to: str | None,
    output_format: Format,
    *,
    full: bool,
    show_pii: bool,
    project: Path | None,
) -> int:
    """Plan one query after the other; several are one JSON document, `{"plans": […]}`."""
    if len(queries) == 1 or output_format is Format.TEXT:
        for place, query in enumerate(queries):
            report = _plan_one(query, to, full=full, project=project)
            write("\n" if place else "")
            _show(report, output_format, show_pii=show_pii)
        return 0
    from zdpipe.reports.plan_json import plan_json

    reports = [_plan_one(query, to, full=full, project=project) for query in queries]
    write_json({"plans": [plan_json(report, show_pii=show_pii) for report in reports]})
    return 0


def _plan_one(
    query: Path,
    to: str | None,
    *,
    full: bool,
    project: Path | None,
    online: bool = False,
    seal: bool = False,
) -> PlanReport:
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.plan import plan_query

    with open_bench(project, f"plan {query}") as bench:
        return plan_query(bench, query, to=to, full=full, online=online, seal=seal)


def _show(report: PlanReport, output_format: Format, *, show_pii: bool) -> None:
    from zdpipe.reports.plan_json import plan_json
    from zdpipe.reports.plan_text import plan_text

    if output_format is Format.JSON:
        write_json(plan_json(report, show_pii=show_pii))
    else:
        show(plan_text(report, show_pii=show_pii))


def _write_seal(path: Path, report: PlanReport) -> None:
    from zdpipe.cli.private_file import write_private

    if report.seal is None:
        return
    text = report.seal.as_text()
    write_private(path, lambda file: file.write(text.encode()))
    note(f"The sealed plan is in {path}. Send it with: zdpipe run {report.query} --plan {path}")


def _write_report(out: Path, report: PlanReport, output_format: PlanFormat, *, show_pii: bool) -> None:
    from zdpipe.cli.private_file import write_private

    text = _as_text(report, output_format, show_pii=show_pii)
    write_private(out, lambda file: file.write(text.encode()))
    note(f"The plan is in {out}.")


def _as_text(report: PlanReport, output_format: PlanFormat, *, show_pii: bool) -> str:
    from zdpipe.reports.plan_html import plan_html
    from zdpipe.reports.plan_json import plan_json
    from zdpipe.reports.plan_text import plan_text

    match output_format:
        case PlanFormat.JSON:
            return json.dumps(plan_json(report, show_pii=show_pii), ensure_ascii=False, indent=2) + "\n"
        case PlanFormat.HTML:
            return plan_html(report, show_pii=show_pii)
        case PlanFormat.TEXT:
            return as_text(plan_text(report, show_pii=show_pii))
