"""From offsets in a text to lines and columns."""

from __future__ import annotations

import re

from zdpipe.model.finding import Span

_LINE_END = re.compile(r"\r\n|\r|\n")


def span_at(text: str, start: int, end: int) -> Span:
    """Return the span of `text[start:end]`; offsets outside the text are drawn to its edges."""
    start = min(max(start, 0), len(text))
    end = min(max(end, start), len(text))
    return Span(*_place(text, start), *_place(text, end))


def _place(text: str, offset: int) -> tuple[int, int]:
    line, line_start = 1, 0
    for ending in _LINE_END.finditer(text, 0, offset):
        line, line_start = line + 1, ending.end()
    return line, offset - line_start + 1
