"""Edits that rules offer to mend what they found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.tokenizer_core import TokenType

from zdpipe.model.finding import Edit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zdpipe.lint.outputs import Output
    from zdpipe.lint.subject import Subject
    from zdpipe.lint.suppress import Noqa, Word

_QUOTES = "\"'`[]"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# `duckdb_keywords()` of category reserved; those of other dialects are much the same.
_RESERVED_WORDS = """
    all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
    default deferrable desc describe distinct do else end except false fetch for foreign from group having in
    initially intersect into lambda lateral leading limit not null offset on only or order pivot pivot_longer
    pivot_wider placing primary qualify references returning select show some summarize symmetric table then
    to trailing true union unique unpivot using variadic when where window with
"""
_RESERVED = frozenset(_RESERVED_WORDS.split())
_LINE_END = re.compile(r"\r\n|\r|\n|\Z")
_COMMENT = re.compile(r"--|/\*|#")


def named(output: Output, name: str, right: str, subject: Subject) -> tuple[Edit, ...]:
    """Give an item of the result another name, in place where it has one, with AS where it has none.

    `name` is how it is spelled now. Nothing is offered where the text says something else.
    """
    positions = subject.positions
    if not output.is_aliased:
        end = positions.extent(output.item)[1]
        return (Edit(end, end, f" AS {identifier(right, subject.query.dialect)}"),)
    start, end = positions.extent(output.named_by)
    written = positions.text[start:end]
    bare = written.strip(_QUOTES)
    if bare != name:
        return ()
    at = start + written.index(bare)
    return (Edit(at, at + len(bare), right),)


def identifier(name: str, dialect: str) -> str:
    """Write a name as SQL, in the dialect's quotes where it needs them."""
    if _PLAIN.fullmatch(name) and name.lower() not in _RESERVED:
        tokens = Dialect.get_or_raise(dialect).tokenize(name)
        if [token.token_type for token in tokens] == [TokenType.VAR]:
            return name
    return exp.to_identifier(name, quoted=True).sql(dialect=dialect)


def holds_comment(text: str) -> bool:
    """Tell whether a piece of SQL may hold a comment, which no fix is to lose."""
    return _COMMENT.search(text) is not None


def without_words(noqa: Noqa, unused: Sequence[Word], text: str) -> tuple[Edit, ...]:
    """Take words out of a `-- noqa: …`, or the whole of it when none is left."""
    words = noqa.words or ()
    kept = [word.text for word in words if word not in unused]
    if not kept:
        return (_without_noqa(noqa, text),)
    return (Edit(words[0].start, words[-1].end, ", ".join(kept)),)


def _without_noqa(noqa: Noqa, text: str) -> Edit:
    """Remove a noqa with the blanks before it, and the line when nothing else stands there."""
    line_end = _LINE_END.search(text, noqa.end)
    end = line_end.start() if line_end else len(text)
    line_start = max(text.rfind("\n", 0, noqa.start), text.rfind("\r", 0, noqa.start)) + 1
    rest = text[noqa.end : end].strip()
    before = text[line_start : noqa.start]
    # After a line comment these two characters end nothing.
    if rest.startswith("*/") and "/*" in before:
        return Edit(line_start + len(before.rstrip()), noqa.end, "")
    if rest.startswith("--"):
        return Edit(noqa.start, end - len(text[noqa.end : end].lstrip()), "")
    if rest:
        return Edit(noqa.start, end, f"-- {rest}")
    if before.strip() or line_end is None:
        return Edit(line_start + len(before.rstrip()), end, "")
    return Edit(line_start, line_end.end(), "")
