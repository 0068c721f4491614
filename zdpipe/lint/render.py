"""A finding beside the line it speaks of, as plain text."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from zdpipe.model.lines import Lines

if TYPE_CHECKING:
    from zdpipe.model.finding import Finding, Span

_TAB = 4
_COLUMNS = 120  # of a line that is too long to show


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A source line as a terminal shows it, and the carets to put under it."""

    line: str
    carets: str


def render(finding: Finding, source_text: str) -> str:
    """Return the finding, its source line, and carets under the place; without colours."""
    number, shown = finding.span.line, excerpt(finding, source_text)
    margin = " " * len(str(number))
    message = "".join(map(_shown, finding.message))
    heading = f"{place(finding)}: {finding.severity.value} {finding.code} {finding.name}: {message}"
    body = [heading, f"{margin} |", f"{number} | {shown.line}", f"{margin} | {shown.carets}"]
    if finding.help:
        body.append(f"{margin} = {finding.help}")
    return "\n".join(row.rstrip() for row in body)


def place(finding: Finding) -> str:
    """Return where a finding is in the words that editors and terminals make a link of."""
    return f"{finding.path}:{finding.span.line}:{finding.span.column}"


def excerpt(finding: Finding, source_text: str, columns: int = _COLUMNS) -> Excerpt:
    """Return the first line of a finding's place, so much of it as fits and at least where it begins.

    Tabs are shown as blanks, and characters that take two columns of a terminal get two carets.
    """
    line, span = _lines(source_text).line(finding.span.line), finding.span
    # Characters that take no column are the reason for more than one length of the line.
    reach = 2 * columns
    first = max(span.column - 1 - reach, 0)
    start, end = span.column - 1 - first, _end(span, line) - first
    shown = [_shown(character) for character in line[first : first + 2 * reach]]
    cut = _cut(shown, start, columns)
    widths = [_width(cell) for cell in shown]
    mark = "^" * max(sum(widths[start:end]), 1)
    before = " " * sum(widths[cut:start])
    return Excerpt(_cropped(shown[cut:], columns), (before + mark)[: max(columns, len(before) + 1)])


@lru_cache(maxsize=2)
def _lines(source_text: str) -> Lines:
    """Find the lines of a file once for all its findings."""
    return Lines(source_text)


def _end(span: Span, line: str) -> int:
    return span.end_column - 1 if span.end_line == span.line else len(line)


def _cut(shown: list[str], start: int, columns: int) -> int:
    """Return how many characters are left out in front, so that the place is not too far to the right."""
    if sum(map(_width, shown)) <= columns:
        return 0
    cut = start
    room = columns // 2
    while cut > 0 and (room := room - _width(shown[cut - 1])) >= 0:
        cut -= 1
    return cut


def _cropped(shown: list[str], columns: int) -> str:
    kept = []
    for cell in shown:
        columns -= _width(cell)
        if columns < 0:
            break
        kept.append(cell)
    return "".join(kept)


def _shown(character: str) -> str:
    if character == "\t":
        return " " * _TAB
    return character if unicodedata.category(character)[0] != "C" else "\N{REPLACEMENT CHARACTER}"


def _width(cell: str) -> int:
    """Return the columns of a terminal that a shown character takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in cell
    )
