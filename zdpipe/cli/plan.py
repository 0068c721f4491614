"""`zdpipe plan`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli.options import Format, FormatOption, FullOption, PiiOption, ProjectOption, ToOption
from zdpipe.cli.output import as_text, note, show, write, write_json

if TYPE_CHECKING:
    from zdpipe.model.plan import PlanReport


def plan(  # noqa: PLR0913, PLR0917 - one for each option
    query: Annotated[Path, typer.Argument(metavar="QUERY", help="A SQL file.", show_default=False)],
    to: ToOption = None,
    full: FullOption = False,
    output_format: FormatOption = Format.TEXT,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the report to a file too.", show_default=False),
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Ask the account who its agents and admins are now.")
    ] = False,
    show_pii: PiiOption = False,
    project: ProjectOption = None,
) -> int:
    """Show what a run would do, and send nothing."""
    report = _plan_one(query, to, full=full, online=online, project=project)
    if out is not None:
        _write_report(out, report, output_format, show_pii=show_pii)
    _show(report, output_format, show_pii=show_pii)
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
    query: Path, to: str | None, *, full: bool, project: Path | None, online: bool = False
) -> PlanReport:
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.plan import plan_query

    with open_bench(project, f"plan {query}") as bench:
        return plan_query(bench, query, to=to, full=full, online=online)


def _show(report: PlanReport, output_format: Format, *, show_pii: bool) -> None:
    from zdpipe.reports.plan_json import plan_json
    from zdpipe.reports.plan_text import plan_text

    if output_format is Format.JSON:
        write_json(plan_json(report, show_pii=show_pii))
    else:
        show(plan_text(report, show_pii=show_pii))


def _write_report(out: Path, report: PlanReport, output_format: Format, *, show_pii: bool) -> None:
    from zdpipe.cli.private_file import write_private
    from zdpipe.reports.plan_json import plan_json
    from zdpipe.reports.plan_text import plan_text

    if output_format is Format.JSON:
        text = json.dumps(plan_json(report, show_pii=show_pii), ensure_ascii=False, indent=2) + "\n"
    else:
        text = as_text(plan_text(report, show_pii=show_pii))
    write_private(out, lambda file: file.write(text.encode()))
    note(f"The plan is in {out}.")
