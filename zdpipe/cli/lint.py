"""`zdpipe lint`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.findings import print_findings
from zdpipe.cli.options import Format, FormatOption, ProjectOption
from zdpipe.cli.output import note, read_stdin, write_json
from zdpipe.cli.project import open_project
from zdpipe.errors import UsageProblem

if TYPE_CHECKING:
    from zdpipe.pipeline.linting import LintReport

_STDIN = Path("-")


def lint(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH",
            help="Files or folders; - reads stdin. Default: the project's queries and attribute tables.",
            show_default=False,
        ),
    ] = None,
    output_format: FormatOption = Format.TEXT,
    stdin_filename: Annotated[
        Path | None,
        typer.Option(
            "--stdin-filename",
            metavar="F",
            help="The file that stdin stands for; its folder tells queries from attribute tables.",
            show_default=False,
        ),
    ] = None,
    project: ProjectOption = None,
) -> int:
    """Check the SQL; needs neither the data nor an account."""
    from zdpipe.pipeline.linting import lint_project

    chosen = paths or []
    if _STDIN in chosen and len(chosen) > 1:
        raise UsageProblem("- stands for stdin and leaves no place for other paths.", "Lint them one by one.")
    text = (str(stdin_filename or "stdin.sql"), read_stdin()) if chosen == [_STDIN] else None
    report = lint_project(open_project(project), chosen or None, text)
    _print(report, output_format)
    return exit_codes.of_findings(report.findings)


def _print(report: LintReport, output_format: Format) -> None:
    if output_format is Format.JSON:
        write_json({"findings": [finding.as_json() for finding in report.findings], "files": report.files})
        return
    print_findings(report.findings, report.sources)
    note(_summary(report))


def _summary(report: LintReport) -> str:
    files = f"{report.files:,} file{'' if report.files == 1 else 's'}"
    if not report.findings:
        return f"{files}, no findings."
    numbers = Counter(finding.severity.value for finding in report.findings)
    words = [f"{number:,} {name}{'' if number == 1 else 's'}" for name, number in sorted(numbers.items())]
    return f"{files}, {', '.join(words)}."
