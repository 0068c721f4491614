"""Lines of expressions.txt as queries, and what two engines make of one in a form that can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from zdpipe.model.query import Query, Role
from zdpipe.model.schema import SourceSchema
from zdpipe.query.parse import parse

LINES = tuple(Path(__file__).with_name("expressions.txt").read_text(encoding="utf-8").splitlines())
SCHEMA = SourceSchema(
    {
        "t": {
            "id": "INTEGER", "s": "VARCHAR", "i": "INTEGER", "d": "DECIMAL(13,3)", "f": "DOUBLE",
            "dt": "DATE", "ts": "TIMESTAMP", "tz": "TIMESTAMP WITH TIME ZONE", "b": "BOOLEAN",
            "l": "VARCHAR[]", "n": "VARCHAR", "x": "VARCHAR",
        },
        "letters": {"id": "INTEGER", "s": "VARCHAR"},
    }
)  # fmt: skip
_WHOLE = re.compile(r"«?(?:SELECT|WITH|FROM)\b", re.IGNORECASE)


def as_query(line: str) -> tuple[Query, set[tuple[int, int]]]:
    """Return the query of a line, and the offsets of what is marked in it."""
    text = line if _WHOLE.match(line) else f"SELECT id, {line} AS r FROM t ORDER BY id"
    marks = set()
    while (begin := text.find("«")) >= 0:
        text = text.replace("«", "", 1)
        marks.add((begin, text.index("»")))
        text = text.replace("»", "", 1)
    parsed = parse(text, "duckdb")
    assert isinstance(parsed, tuple), (line, parsed)
    return Query("q.sql", "q", Role.QUERY, text, "duckdb", statements=parsed), marks


def comparable(frames: Iterable[pl.DataFrame]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return kinds of columns and rows, in their order; whole numbers may differ in width."""
    frame = pl.concat(frames)
    kinds = [_kind(kind) for kind in frame.dtypes]
    frame = frame.with_columns(pl.selectors.temporal().to_physical())  # Python knows no year 0
    return kinds, [tuple(_plain(value) for value in row) for row in frame.rows()]


def _kind(kind: pl.DataType) -> str:
    if kind.is_integer():
        return "whole"
    return f"DECIMAL of scale {kind.scale}" if isinstance(kind, pl.Decimal) else str(kind)


def _plain(value: Any) -> Any:
    if isinstance(value, float):  # the last digits depend on the order of adding; -0.0 is 0
        return f"{value + 0.0:.12g}"
    return value.normalize() if isinstance(value, Decimal) else value
