"""Where a node of the syntax tree stands in its file."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.model.lines import Lines

if TYPE_CHECKING:
    from zdpipe.model.finding import Span

_COMMENT = re.compile(r"--[^\r\n]*|/\*.*?\*/", re.DOTALL)
_CALL = re.compile(r'"?(?P<word>\w+)"?\s*\(')
_SELECT = re.compile(r"\bselect\b", re.IGNORECASE)
_WINDOW = 2_000  # characters; what stands between SELECT and its first item is short
_WORD = re.compile(r"\w+|.", re.DOTALL)


class Positions:
    """The text of one file, and the spans of the nodes parsed from it.

    sqlglot notes offsets on names, literals, stars and functions only, and there `end` is the last
    character. A node without any takes the span of those below it, or else of the one above.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self.text)

    def span(self, start: int, end: int) -> Span:
        """Return the span of `text[start:end]`."""
        return self._lines.span(start, end)

    def text_of(self, span: Span) -> str:
        """Return the text of a span."""
        return self._lines.slice(span)

    def of(self, node: exp.Expr) -> Span:
        """Return the span of a whole node; the start of the file if nothing tells its place."""
        return self.span(*self.extent(node))

    def of_name(self, node: exp.Expr) -> Span:
        """Return the span of the word a function or table is called by."""
        own = _own_extent(node)
        return self.span(*own) if own else self.of(node)

    def call(self, node: exp.Expr) -> Span | None:
        """Return the span of the word before a function's parenthesis, None where it is written otherwise."""
        start, _ = _own_extent(node) or node.meta.get("span") or (None, None)
        call = _CALL.match(self.text, start) if start is not None else None
        return self.span(call.start("word"), call.end("word")) if call else None

    def of_table(self, table: exp.Table) -> Span:
        """Return the span of a table's dotted name, without its alias."""
        extents = [self.extent(part) for part in table.parts]
        return self.span(min(start for start, _ in extents), max(end for _, end in extents))

    def first_word(self, node: exp.Expr) -> Span:
        """Return the span of the word a statement begins with."""
        return self.word_at(self.extent(node)[0])

    def word_at(self, offset: int) -> Span:
        """Return the span of the word, or else the character, at an offset."""
        word = _WORD.match(self.text, offset)
        return self.span(offset, word.end() if word else offset)

    def select_word(self, select: exp.Select) -> Span:
        """Return the span of the SELECT before a list of columns, or of the list's first word without one."""
        start = min((self.extent(item)[0] for item in select.expressions), default=0)
        window = max(0, start - _WINDOW)
        before = _COMMENT.sub(lambda comment: " " * len(comment[0]), self.text[window:start])
        words = list(_SELECT.finditer(before))
        if not words:
            return self.word_at(start)
        return self.span(window + words[-1].start(), window + words[-1].end())

    def extent(self, node: exp.Expr) -> tuple[int, int]:
        """Return the offsets of a node's first character and of the one after its last."""
        if isinstance(node, exp.Star) and (own := _own_extent(node)) and self.text[own[0]] != "*":
            word = _WORD.match(self.text, own[0])  # `FROM t` alone stands for `SELECT * FROM t`
            return own[0], word.end() if word else own[1]
        noted = node.meta.get("span") if not isinstance(node, exp.Identifier) else None
        if noted:
            return int(noted[0]), int(noted[1])
        places = [place for child in node.walk() if (place := _own_extent(child))]
        if not places:
            return self.extent(node.parent) if node.parent is not None else (0, 0)
        return min(start for start, _ in places), max(end for _, end in places)


def _own_extent(node: exp.Expr) -> tuple[int, int] | None:
    start, end = node.meta.get("start"), node.meta.get("end")
    if start is None or end is None:
        return None
    return int(start), int(end) + 1
