"""Findings as people see them on a terminal, and as files and other programs get them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from zdpipe.cli.output import is_watched, note, show, show_aside, width, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import RenderableType

    from zdpipe.model.finding import Finding


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
        if is_watched(sys.stderr):
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
