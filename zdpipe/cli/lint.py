"""`zdpipe lint`."""

from __future__ import annotations

import sys
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zdpipe.cli import exit_codes
from zdpipe.cli.findings import document_of, print_findings, print_findings_aside
from zdpipe.cli.options import ProjectOption
from zdpipe.cli.output import note, read_stdin, write
from zdpipe.cli.project import open_project
from zdpipe.errors import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zdpipe.pipeline.linting import LintReport
    from zdpipe.pipeline.mending import Mending
    from zdpipe.project.project import Project

_STDIN = Path("-")
_STDIN_NAME = Path("stdin.sql")
_NO_SCHEMA = (
    "Without schema.json neither tables nor columns nor types were checked. "
    "`zdpipe schema` writes it; commit it."
)


class FindingsFormat(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


def lint(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH",
            help="Files or folders; - reads stdin. Default: the project's queries and attribute tables.",
            show_default=False,
        ),
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what can be mended without changing what a query means.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what --fix would change, and write nothing.")
    ] = False,
    output_format: Annotated[
        FindingsFormat,
        typer.Option("--format", help="For people, for programs, or for reviews on GitHub and elsewhere."),
    ] = FindingsFormat.TEXT,
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
    chosen = paths or []
    _check(chosen, stdin_filename)
    name = str(stdin_filename or _STDIN_NAME) if chosen == [_STDIN] else None
    opened = open_project(project)
    if diff:
        return _show_changes(opened, chosen, name, output_format)
    if fix:
        return _mend(opened, chosen, name, output_format)
    return _look(opened, chosen, name, output_format)


def _check(paths: Sequence[Path], stdin_filename: Path | None) -> None:
    if _STDIN in paths and len(paths) > 1:
        raise UsageProblem("- stands for stdin and leaves no place for other paths.", "Lint them one by one.")
    if stdin_filename is not None and _STDIN not in paths:
        raise UsageProblem("--stdin-filename names what is read from stdin.", "Give - as the path too.")


def _look(project: Project, paths: Sequence[Path], name: str | None, output_format: FindingsFormat) -> int:
    from zdpipe.pipeline.linting import lint_project

    text = (name, read_stdin()) if name is not None else None
    report = lint_project(project, paths or None, text)
    _print(project, report, output_format)
    if output_format is FindingsFormat.TEXT:
        number = sum(finding.fixable for finding in report.findings)
        note(_summary(report) + (f" `zdpipe lint --fix` mends {number:,} of them." if number else ""))
    if not report.knows_source:
        note(_NO_SCHEMA)
    return exit_codes.of_findings(report.findings)


def _mend(project: Project, paths: Sequence[Path], name: str | None, output_format: FindingsFormat) -> int:
    """Write what was mended into the files, or to stdout in place of stdin."""
    mending = _mended(project, paths, name, written=True)
    if name is not None:
        write(mending.files[0].after)
    _print(project, mending.left, output_format, aside=name is not None)
    if output_format is FindingsFormat.TEXT:
        note(_summary(mending.left, mending.mended))
        if not mending.left.knows_source:
            note(_NO_SCHEMA)
    return exit_codes.of_findings(mending.left.findings)


def _show_changes(
    project: Project, paths: Sequence[Path], name: str | None, output_format: FindingsFormat
) -> int:
    """Print the changes as a patch, and beside it what would be left."""
    mending = _mended(project, paths, name, written=False)
    write(mending.patch)
    _print(project, mending.left, output_format, aside=True)
    if output_format is FindingsFormat.TEXT:
        note(_summary(mending.left, mending.mended))
        if not mending.left.knows_source:
            note(_NO_SCHEMA)
    return exit_codes.FOUND if mending.patch else exit_codes.of_findings(mending.left.findings)


def _mended(project: Project, paths: Sequence[Path], name: str | None, *, written: bool) -> Mending:
    from zdpipe.pipeline.mending import mend_project, mend_text

    if name is None:
        return mend_project(project, paths, written=written)
    return mend_text(project, name, sys.stdin.buffer.read())


def _print(project: Project, report: LintReport, output_format: FindingsFormat, aside: bool = False) -> None:
    if output_format is not FindingsFormat.TEXT:
        document = document_of(report, output_format, project.root)
        if aside:
            note(document.removesuffix("\n"))
        else:
            write(document)
    elif aside:
        print_findings_aside(report.findings, report.sources)
    else:
        print_findings(report.findings, report.sources)


def _summary(report: LintReport, mended: int = 0) -> str:
    if not report.files:
        return "No .sql file was found."
    files = f"{report.files:,} file{'' if report.files == 1 else 's'}"
    numbers = Counter(finding.severity.value for finding in report.findings)
    words = [f"{number:,} {name}{'' if number == 1 else 's'}" for name, number in sorted(numbers.items())]
    first = [f"{mended:,} mended"] if mended else []
    return f"{files}, {', '.join([*first, *(words or ['no findings'])])}."
