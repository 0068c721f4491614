"""DuckDB's words about a CSV file → file, line and reason, and never what stands in the line."""

from __future__ import annotations

import re

CURE = (
    "Correct the file, or tell in [source] setup how to read it, with a view over read_csv; docs/sources.md "
    "shows one."
)

_LINE = re.compile(r"CSV Error on Line: (\d+)")
_FILE = re.compile(r"^\s*file = (.+)$", re.MULTILINE)
_UNSNIFFABLE = re.compile(r'Error when sniffing file "(.+?)"\.')
# Words of DuckDB 2.0, each at the start of a line of its own → what is wrong.
_REASONS = (
    (
        r"^Error when converting column \"(.+?)\"\. [^\n]* to '(\w+)'$",
        'column "{0}" is {1} in the lines before, and not here',
    ),
    (r"^Invalid unicode", "the file is not UTF-8"),
    (r"^Expected Number of Columns: (\d+) Found: (\d+)", "there are {1} columns instead of {0}"),
    (r"^Value with unterminated quote", "a quote is never closed"),
    (r"^Maximum line size", "the line is too long, as after a quote that is never closed"),
)


def csv_error(said: str) -> str | None:
    """Return one clear sentence about a CSV file, None where DuckDB speaks of something else."""
    unsniffable = _UNSNIFFABLE.search(said)
    if unsniffable:
        return f"{unsniffable[1]} is no CSV file that can be read: no delimiter fits all of its lines."
    line, file = _LINE.search(said), _FILE.search(said)
    if line is None:
        return None
    place = f"{file[1].strip()}, line {line[1]}" if file else f"line {line[1]} of a CSV file"
    return f"{place}: {_reason(said)}."


def _reason(said: str) -> str:
    for pattern, words in _REASONS:
        found = re.search(pattern, said, re.MULTILINE)
        if found:
            return words.format(*found.groups())
    return "the line cannot be read"
