"""The header of a SQL file: `-- zdpipe: dialect=trino` in the comment lines it begins with."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from sqlglot.dialects.dialect import Dialects

from zdpipe.model.gone import GoneAction
from zdpipe.model.lines import span_at
from zdpipe.model.query import ParseProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

DIALECTS: frozenset[str] = frozenset(dialect.value for dialect in Dialects if dialect.value)
# A query that is a draft is sent as a sample only.
YES = "yes"
OPTIONS: dict[str, frozenset[str]] = {
    "dialect": DIALECTS,
    "gone": frozenset(action.value for action in GoneAction),
    "draft": frozenset({YES, "no"}),
}

_LEADING_LINE = re.compile(r"[ \t]*(?:--(?P<comment>[^\r\n]*))?(?:\r\n|\r|\n|\Z)")
_HEADER = re.compile(r"[ \t]*zdpipe:(?P<options>.*)")


@dataclass(frozen=True, slots=True)
class Header:
    """The options of a file's header, or what is wrong with them."""

    options: dict[str, str] = field(default_factory=dict)
    problem: ParseProblem | None = None


def read_header(text: str) -> Header:
    """Read the options from the comment lines before the first SQL; the first mistake becomes the problem."""
    options: dict[str, str] = {}
    for word, start in _header_words(text):
        key, equals, value = word.partition("=")
        complaint = _complaint(key, value, bool(equals))
        if complaint:
            return Header(options, ParseProblem(complaint, span_at(text, start, start + len(word))))
        options[key] = value
    return Header(options)


def _header_words(text: str) -> Iterator[tuple[str, int]]:
    """Yield each word of the header lines with its offset in the text."""
    offset = 0
    while offset < len(text) and (line := _LEADING_LINE.match(text, offset)):
        comment = line["comment"]
        header = _HEADER.fullmatch(comment) if comment is not None else None
        if header:
            begin = line.start("comment") + header.start("options")
            for word in re.finditer(r"[^\s,]+", header["options"]):
                yield word[0], begin + word.start()
        offset = line.end()


def _complaint(key: str, value: str, has_value: bool) -> str | None:
    known = OPTIONS.get(key)
    if known is None:
        nearest = _nearest(key, frozenset(OPTIONS))
        known_ones = "Write `dialect=trino`, `gone=report` or `draft=yes`."
        return f"`{key}` is not an option of the header.{nearest} {known_ones}"
    if not has_value or value not in known:
        listed = ", ".join(sorted(known))
        return f"`{value}` is no {key} that zdpipe knows.{_nearest(value, known)} Write one of: {listed}."
    return None


def _nearest(word: str, known: frozenset[str]) -> str:
    close = get_close_matches(word.lower(), sorted(known), n=1)
    return f" Did you mean `{close[0]}`?" if close else ""
