"""`zdpipe check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.options import Format, FormatOption, ProjectOption
from zdpipe.cli.output import show, write_json

if TYPE_CHECKING:
    from rich.console import RenderableType

    from zdpipe.pipeline.check import CheckReport

_MARKS = {
    "fine": ("✓", "green"),
    "warning": ("!", "yellow"),
    "refused": ("✗", "red"),
    "skipped": ("-", "dim"),
}


def check(
    destination: Annotated[
        str | None,
        typer.Argument(metavar="D", help="Default: the project's own destination.", show_default=False),
    ] = None,
    output_format: FormatOption = Format.TEXT,
    project: ProjectOption = None,
) -> int:
    """Test a destination, and tell why it is refused."""
    from zdpipe.cli.bench import open_bench
    from zdpipe.pipeline.check import check_destination

    with open_bench(project, "check") as bench:
        report = check_destination(bench, destination)
    if output_format is Format.JSON:
        write_json(check_document(report))
    else:
        show(check_text(report))
    return exit_codes.DONE if report.ok else exit_codes.YOURS


def check_document(report: CheckReport) -> dict[str, object]:
    """Return the answers as JSON; `ok` is null for what was not asked, `error` is there after a refusal."""
    document: dict[str, object] = {
        "destination": report.destination,
        "account": report.account,
        "ok": report.ok,
        "checks": [
            {
                "name": one.name,
                "ok": None if one.answer == "skipped" else one.answer != "refused",
                "answer": one.answer,
                "message": one.message,
                "hint": one.hint,
            }
            for one in report.checks
        ],
    }
    refused = next((one for one in report.checks if one.answer == "refused"), None)
    if refused is not None:
        document["error"] = {"code": refused.code, "message": refused.message, "hint": refused.hint}
    return document


def check_text(report: CheckReport) -> RenderableType:
    """Return a line for each answer, and the cure below a refusal."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    lines: list[RenderableType] = [Text(f"{report.destination} ({report.account})", "bold")]
    for one in report.checks:
        mark, style = _MARKS[one.answer]
        lines.append(Padding(Text.assemble((mark, style), f" {one.name}: {one.message}"), (0, 0, 0, 2)))
        if one.hint:
            lines.append(Padding(Text(one.hint), (0, 0, 0, 4)))
    return Group(*lines)
