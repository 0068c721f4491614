"""The lines of a text: from offsets in it to lines and columns, and back."""

from __future__ import annotations

import re
from bisect import bisect_right

from zdpipe.model.finding import Span

_LINE_END = re.compile(r"\r\n|\r|\n")


class Lines:
    """Where the lines of one text begin; they end with LF, CRLF or CR, as editors count them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(ending.end() for ending in _LINE_END.finditer(text))]

    def __len__(self) -> int:
        return len(self._starts)

    def span(self, start: int, end: int) -> Span:
        """Return the span of `text[start:end]`; offsets outside the text are drawn to its edges."""
        return Span(*self._place(start), *self._place(max(start, end)))

    def slice(self, span: Span) -> str:
        """Return the text of a span."""
        return self._text[self._offset(span.line, span.column) : self._offset(span.end_line, span.end_column)]

    def line(self, number: int) -> str:
        """Return a line without its ending, counted from 1; empty where there is none."""
        if number > len(self._starts):
            return ""
        end = self._starts[number] if number < len(self._starts) else len(self._text)
        return self._text[self._starts[number - 1] : end].rstrip("\r\n")

    def _place(self, offset: int) -> tuple[int, int]:
        offset = min(max(offset, 0), len(self._text))
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def _offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column - 1


def span_at(text: str, start: int, end: int) -> Span:
    """Return the span of `text[start:end]`, for the one place in a text that somebody asks about."""
    return Lines(text).span(start, end)
