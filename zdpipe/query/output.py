"""The columns that a Query gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from zdpipe.model.query import Query


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """One column of the result: its name as written, None for an expression without one.

    `start` and `end` are the offsets of its expression in the file's text, end exclusive.
    """

    name: str | None
    start: int
    end: int


def output_columns(query: Query) -> tuple[OutputColumn, ...] | None:
    """Return the columns of the file's one statement, or None where the text alone cannot tell them.

    A star needs the source's schema, and a file without exactly one SELECT has no columns to speak of.
    """
    select = query.statement
    while isinstance(select, exp.SetOperation | exp.Subquery):
        select = select.this
    if not isinstance(select, exp.Select):
        return None
    if any(item.is_star or isinstance(item, exp.Columns) for item in select.expressions):
        return None
    return tuple(OutputColumn(_name(item), *_span(item)) for item in select.expressions)


def _name(item: exp.Expr) -> str | None:
    bare = item.unnest()
    return bare.alias_or_name if isinstance(bare, exp.Alias | exp.Column) else None


def _span(item: exp.Expr) -> tuple[int, int]:
    start, end = item.meta.get("span", (0, 0))
    return start, end
