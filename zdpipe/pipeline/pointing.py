"""What an engine says of a query, with its file and the place in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from zdpipe.errors import QueryError
from zdpipe.model.lines import Lines
from zdpipe.model.query import Query

_PLACE = re.compile(r"^LINE (\d+), column (\d+)$", re.MULTILINE)


@contextmanager
def told_of(query: Query) -> Iterator[None]:
    """Name a query's file in what the engine says of it."""
    try:
        yield
    except QueryError as error:
        said = with_source_line(error.message, query.text)
        raise QueryError(f"{query.path}: {said}", error.hint, code=error.code) from error


def with_source_line(message: str, text: str) -> str:
    """Put the file's own line, and a caret below, where an engine that runs a translation named the place."""
    lines = Lines(text)

    def shown(place: re.Match[str]) -> str:
        label = f"LINE {place[1]}: "
        return f"{label}{lines.line(int(place[1]))}\n{' ' * (len(label) + int(place[2]) - 1)}^"

    return _PLACE.sub(shown, message)
