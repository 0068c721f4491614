"""A finding of the linter for people at a terminal: coloured, and wrapped between words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from zdpipe.lint.render import excerpt, place
from zdpipe.reports.words import printable

if TYPE_CHECKING:
    from zdpipe.model.finding import Finding

_STYLES = {"error": "bold red", "warning": "bold yellow", "hint": "bold cyan"}
_FRAME = " | "


def finding_text(finding: Finding, source_text: str, width: int) -> RenderableType:
    """Return what `lint.render` says, for a terminal of that width."""
    number = str(finding.span.line)
    margin = " " * len(number)
    shown = excerpt(finding, source_text, max(width - len(number) - len(_FRAME), 10))
    style = _STYLES[finding.severity.value]
    kind = f"{finding.severity.value} {finding.code}"
    lines = [
        Text.assemble((place(finding), "bold"), " ", (kind, style), f" {finding.name}"),
        Text(printable(finding.message)),
        Text(f"{margin}{_FRAME}", "dim"),
        _framed(number, Text(shown.line)),
        _framed(margin, Text(shown.carets, style)),
    ]
    if finding.help:
        lines.append(Text(f"{margin} = {finding.help}", "dim"))
    return Group(*lines)


def _framed(front: str, line: Text) -> Text:
    framed = Text.assemble((f"{front}{_FRAME}", "dim"), no_wrap=True, overflow="ignore")
    return framed.append_text(line)
