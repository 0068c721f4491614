"""A place in a query's file, shown as DuckDB shows it."""

from __future__ import annotations

import re

from zdpipe.model.lines import Lines

_PLACE = re.compile(r"^LINE (\d+), column (\d+)$", re.MULTILINE)


def with_source_line(message: str, text: str) -> str:
    """Put the file's own line, and a caret below, where an engine that runs a translation named the place."""
    lines = Lines(text)

    def shown(place: re.Match[str]) -> str:
        label = f"LINE {place[1]}: "
        return f"{label}{lines.line(int(place[1]))}\n{' ' * (len(label) + int(place[2]) - 1)}^"

    return _PLACE.sub(shown, message)
