"""Findings as people see them on a terminal, and as files and other programs get them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from zdpipe.cli import json_log
from zdpipe.cli.output import is_watched, log_finding, note, show, show_aside, width, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rich.console import RenderableType

    from zdpipe.model.finding import Finding
    from zdpipe.pipeline.linting import LintReport


def print_findings(findings: Iterable[Finding], sources: Mapping[str, str]) -> None:
    """Print findings as the result of a command."""
    for finding in findings:
        text = sources.get(finding.path, "")
        if is_watched(sys.stdout):
            show(_for_people(finding, text))
            write("\n")
        else:
            write(f"{_plain(finding, text)}\n\n")


def print_findings_aside(findings: Iterable[Finding], sources: Mapping[str, str]) -> None:
    """Print findings beside the result, as the reason why there is none."""
    for finding in findings:
        text = sources.get(finding.path, "")
        if json_log.is_json():
            log_finding(finding)
        elif is_watched(sys.stderr):
            show_aside(_for_people(finding, text))
            note("")
        else:
            note(f"{_plain(finding, text)}\n")


def _plain(finding: Finding, text: str) -> str:
    from zdpipe.lint import render

    return render(finding, text)


def _for_people(finding: Finding, text: str) -> RenderableType:
    from zdpipe.reports.finding_text import finding_text

    return finding_text(finding, text, width())


def document_of(report: LintReport, output_format: str, root: Path) -> str:
    """Return findings as `json`, `github` or `sarif`; `root` is the project's folder."""
    from zdpipe import __version__
    from zdpipe.lint.github import workflow_commands
    from zdpipe.lint.sarif import sarif

    if output_format == "github":
        return workflow_commands(report.findings, _path_in_repository(root))
    document: dict[str, object] = {
        "findings": [finding.as_json() for finding in report.findings],
        "files": report.files,
    }
    if output_format == "sarif":
        document = sarif(report.findings, report.sources, _path_in_repository(root), __version__)
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _path_in_repository(root: Path) -> Callable[[str], str]:
    """Return how a path in the project is written from the top of its repository, as reviews need it."""
    absolute = root.absolute()
    tops = (folder for folder in (absolute, *absolute.parents) if (folder / ".git").exists())
    top = next(tops, absolute)

    def path_of(path: str) -> str:
        full = absolute / path
        return full.relative_to(top).as_posix() if full.is_relative_to(top) else path

    return path_of
