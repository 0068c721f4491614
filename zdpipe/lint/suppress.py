"""`-- noqa` and `-- noqa: ZD103, ZD104`: findings that a line asks not to hear."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zdpipe.lint.position import Positions
    from zdpipe.lint.rule import Rule

EVERYTHING = frozenset({"*"})

_NOQA = re.compile(r"--[ \t]*noqa\b(?P<colon>[ \t]*:)?(?P<codes>[\w \t,-]*)", re.IGNORECASE)


def suppressions(positions: Positions, dialect: str) -> Mapping[int, frozenset[str]]:
    """Return line → the codes and names, in lower case, it suppresses; EVERYTHING for a bare `-- noqa`."""
    found: dict[int, frozenset[str]] = {}
    if "noqa" not in positions.text.lower():
        return found
    for start, end in _comments(positions.text, dialect):
        for noqa in _NOQA.finditer(positions.text, start, end):
            line = positions.span(noqa.start(), noqa.end()).line
            codes = (
                frozenset(re.findall(r"[a-z][\w-]*", noqa["codes"].lower())) if noqa["colon"] else EVERYTHING
            )
            found[line] = found.get(line, frozenset()) | codes
    return found


def is_suppressed(rule: type[Rule], codes: frozenset[str]) -> bool:
    """Tell whether a line with these codes does not want to hear of a rule."""
    return rule.suppressible and bool(codes & {"*", rule.code.lower(), rule.name})


def _comments(text: str, dialect: str) -> Iterator[tuple[int, int]]:
    """Yield what lies between the words of the SQL: blanks and comments, and nothing else."""
    try:
        tokens = Dialect.get_or_raise(dialect).tokenize(text)
    except (SqlglotError, ValueError):
        return
    start = 0
    for token in tokens:
        yield start, token.start
        start = token.end + 1
    yield start, len(text)
