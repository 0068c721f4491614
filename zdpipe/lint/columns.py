"""Where the columns of a statement stand, found in one walk from its top.

sqlglot looks for the ancestors of each column anew, which takes an hour in a sum of 100,000 terms.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlglot import exp

# Names inside of these may be bound by the node itself.
_BINDERS = (
    exp.Columns,
    exp.Comprehension,
    exp.JSONTable,
    exp.Lambda,
    exp.Lateral,
    exp.MatchRecognize,
    exp.Pivot,
    exp.Table,
    exp.Unnest,
)
# Clauses in which a name may be that of an item of the SELECT list.
_CLAUSES = (exp.Cluster, exp.Distinct, exp.Having, exp.Hint, exp.Order, exp.Qualify, exp.Star)
# What of a subquery belongs to the SELECT around it.
_BESIDE_SUBQUERY = frozenset({"joins", "laterals", "pivots"})


class Standing(NamedTuple):
    """A column, and the item of the SELECT list it stands in, None outside of the list."""

    column: exp.Column
    item: int | None


class _Place(NamedTuple):
    """What is around a node: the SELECT, the item of its list, and the innermost clause of a kind."""

    select: exp.Select | None
    item: int | None = None
    clause: exp.Expr | None = None
    is_bound: bool = False


def columns_by_select(statement: exp.Expr) -> dict[int, list[Standing]]:
    """Return the columns that each SELECT reads itself, by the id of the SELECT, in no particular order.

    Left out are stars, names that something else than a source may bind, and those that may be an item's.
    """
    found: dict[int, list[Standing]] = {}
    named: dict[int, frozenset[str]] = {}
    pending = [(statement, _Place(None))]
    while pending:
        node, place = pending.pop()
        if type(node) is exp.Column and place.select is not None and not place.is_bound:
            select = place.select
            if id(select) not in named:
                named[id(select)] = frozenset(select.named_selects)
            if not isinstance(node.this, exp.Star) and _is_read(node, place, named[id(select)]):
                found.setdefault(id(select), []).append(Standing(node, place.item))
        pending += [(child, _below(node, child, place)) for child in node.iter_expressions()]
    return found


def _below(node: exp.Expr, child: exp.Expr, place: _Place) -> _Place:
    """Return the place of a child."""
    if isinstance(node, exp.Select):
        return _Place(node, child.index if child.arg_key == "expressions" else None)
    if isinstance(node, exp.Query | exp.CTE):
        return place if child.arg_key in _BESIDE_SUBQUERY else _Place(None)
    if isinstance(node, _BINDERS):
        return place._replace(is_bound=True)
    return place._replace(clause=node) if isinstance(node, _CLAUSES) else place


def _is_read(column: exp.Column, place: _Place, named: frozenset[str]) -> bool:
    """Tell whether a name is surely that of a column of a source, where items of the list have names too."""
    clause = place.clause
    if clause is None or column.table:
        return True
    if isinstance(clause, exp.Star):
        return column.arg_key != "except_"
    if isinstance(clause, exp.Having | exp.Qualify):
        return True
    if not isinstance(clause, exp.Order | exp.Cluster | exp.Distinct):
        return False
    if isinstance(clause.parent, exp.Window | exp.WithinGroup) or not isinstance(clause.parent, exp.Select):
        return True
    return column.name not in named


def deepest(statement: exp.Expr) -> int:
    """Return how many levels of nodes a statement has."""
    levels = 0
    level: list[exp.Expr] = [statement]
    while level:
        levels += 1
        level = [child for node in level for child in node.iter_expressions()]
    return levels
