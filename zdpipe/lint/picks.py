"""Places where one row of several is picked by its place in an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.volatile import is_random

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.position import Positions
    from zdpipe.model.finding import Span

# Functions that pick a row by its place; ranks give equal rows equal numbers and so need no total order.
_PICKERS = (exp.RowNumber, exp.FirstValue, exp.LastValue, exp.NthValue, exp.Lag, exp.Lead)


@dataclass(frozen=True, slots=True)
class Pick:
    """A window, or a SELECT DISTINCT ON, with what parts its rows into groups and what orders them."""

    node: exp.Expr
    groups: tuple[exp.Expr, ...]
    keys: tuple[exp.Expr, ...]

    @property
    def telling_keys(self) -> tuple[exp.Expr, ...]:
        """The keys that can tell the rows of one group apart."""
        return tuple(
            key
            for key in self.keys
            if key not in self.groups
            and (self._counts_literals or not isinstance(key, exp.Literal))
            and not any(is_random(node) for node in key.walk())
        )

    @property
    def _counts_literals(self) -> bool:
        """Whether a number stands for a column of the list, as in a SELECT's own ORDER BY."""
        return isinstance(self.node, exp.Select)

    def span(self, positions: Positions) -> Span:
        """Return where to point at."""
        if isinstance(self.node, exp.Select):
            return positions.select_word(self.node)
        return positions.of(self.node)


def picks(statement: exp.Expr) -> Iterator[Pick]:
    """Yield every place of a statement where a row is picked."""
    for window in statement.find_all(exp.Window):
        picker = window.this.this if isinstance(window.this, exp.IgnoreNulls) else window.this
        if isinstance(picker, _PICKERS):
            yield _of_window(window)
    for select in statement.find_all(exp.Select):
        distinct = select.args.get("distinct")
        on = distinct.args.get("on") if distinct is not None else None
        if on is not None:
            groups = tuple(on.expressions) if isinstance(on, exp.Tuple) else (on.unnest(),)
            yield Pick(select, groups, tuple(_keys(select.args.get("order"))))


def _of_window(window: exp.Window) -> Pick:
    definitions = [window, *_named(window)]
    groups = tuple(group for one in definitions for group in one.args.get("partition_by") or ())
    keys = tuple(key for one in definitions for key in _keys(one.args.get("order")))
    return Pick(window, groups, keys)


def _named(window: exp.Window) -> Iterator[exp.Expr]:
    alias, select = window.args.get("alias"), window.parent_select
    if alias is None or select is None:
        return
    for named in select.args.get("windows") or ():
        if named.name.casefold() == alias.name.casefold():
            yield named


def _keys(order: exp.Expr | None) -> Iterator[exp.Expr]:
    for ordered in order.expressions if order is not None else ():
        yield ordered.this
