"""A finding beside the line it speaks of, as plain text."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zdpipe.model.finding import Finding, Span

_LINE_END = re.compile(r"\r\n|\r|\n")
_TAB = 4
_BEFORE, _SHOWN = 60, 120  # characters kept of a line that is too long to show


def render(finding: Finding, source_text: str) -> str:
    """Return the finding, its source line, and carets under the place; without colours.

    Tabs are shown as blanks, and characters that take two columns of a terminal get two carets.
    """
    span = finding.span
    heading = (
        f"{finding.path}:{span.line}:{span.column}: {finding.severity.value} {finding.code} "
        f"{finding.name}: {finding.message}"
    )
    line, carets = _marked(_line(source_text, span.line), span)
    margin = " " * len(str(span.line))
    body = [heading, f"{margin} |", f"{span.line} | {line}", f"{margin} | {carets}"]
    if finding.help:
        body.append(f"{margin} = {finding.help}")
    return "\n".join(row.rstrip() for row in body)


def _line(text: str, number: int) -> str:
    lines = _LINE_END.split(text)
    return lines[number - 1] if number <= len(lines) else ""


def _marked(line: str, span: Span) -> tuple[str, str]:
    start = span.column - 1
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    cut = start - _BEFORE if start > _BEFORE and len(line) > _SHOWN else 0
    line, start, end = line[cut : cut + _SHOWN], start - cut, min(end - cut, _SHOWN)
    shown = [_shown(character) for character in line]
    mark = "^" * max(sum(_width(cell) for cell in shown[start:end]), 1)
    return "".join(shown), " " * sum(_width(cell) for cell in shown[:start]) + mark


def _shown(character: str) -> str:
    if character == "\t":
        return " " * _TAB
    return character if unicodedata.category(character)[0] != "C" else "\N{REPLACEMENT CHARACTER}"


def _width(cell: str) -> int:
    """Return the columns of a terminal that a shown character takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in cell
    )
