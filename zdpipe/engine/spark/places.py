"""Where in a query Spark's errors point, in lines of its file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.errors import QueryContext

# The text that runs, among those of attribute tables by their names.
QUERY = ""
_MARK = re.compile(r"/\* @(\d+):(\d+) \*/")
_POSITION = re.compile(r"line (\d+),? pos (\d+)")


def place_of(
    said: str, contexts: Iterable[QueryContext], texts: Mapping[str, str], lines_above: int = 0
) -> list[str]:
    """Return the line as DuckDB shows it, a caret below; nothing where Spark names none.

    A translated text is one long line: its parts bear the line and column they come from, as `mark_lines`
    wrote them, and that is all that is said of it here.
    """
    for context in contexts:
        start, stop = context.startIndex(), context.stopIndex() + 1
        for owner, text in texts.items():
            if 0 <= start < stop and text[start:stop] == context.fragment():
                return _shown(owner, text, start, stop, lines_above)
    position, text = _POSITION.search(said), texts.get(QUERY, "")
    if position is None or not text:
        return []
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[: int(position[1]) - 1]) + int(position[2])
    return _shown(QUERY, text, start, start, lines_above)


def _shown(owner: str, text: str, start: int, stop: int, lines_above: int) -> list[str]:
    mark = _MARK.match(text, stop + 1) or _MARK.search(text, start)
    if owner != QUERY:
        number = mark[1] if mark else text[:start].count("\n") + 1
        return [f"It is in line {number} of the attribute table {owner}."]
    if mark:
        return [f"LINE {mark[1]}, column {mark[2]}"]
    if "/* @" in text:
        return []
    above = text[:start]
    label = f"LINE {above.count(chr(10)) + 1 - lines_above}: "
    line = text.split("\n")[above.count("\n")]
    return [f"{label}{line.rstrip()}", " " * (len(label) + start - above.rfind("\n") - 1) + "^"]
