"""Signs in the SQL that a value is one of several, and another one from time to time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.lineage import origins, source_columns, value_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot.optimizer.scope import Scope

    from zdpipe.lint.lineage import Origin
    from zdpipe.lint.subject import Subject

_PICKERS = (exp.ArgMax, exp.ArgMin, exp.First, exp.FirstValue, exp.Last, exp.LastValue, exp.NthValue)
_NUMBERS = (exp.RowNumber, exp.Rank, exp.DenseRank)
_TIME_TYPE = re.compile(r"DATE|TIME", re.IGNORECASE)
_TIME_NAME = re.compile(
    r"(?:.*_)?(?:at|date|datetime|day|month|time|timestamp|ts|updated|created|modified|seen|recency|year)",
    re.IGNORECASE,
)


def is_one_of_several(origin: Origin, subject: Subject) -> bool:
    """Tell whether an expression takes a value of several columns, or that of the newest of several rows."""
    expression = origin.expression
    if any(len(_alternatives(node)) > 1 for node in expression.find_all(exp.Coalesce, exp.Case, exp.If)):
        return True
    if any(_picks_by_time(node, origin.scope, subject) for node in expression.find_all(*_PICKERS)):
        return True
    if any(_is_newest(select, origin.scope, subject) for select in expression.find_all(exp.Select)):
        return True
    return expression.find(exp.Column, exp.Star) is not None and _keeps_newest(origin.scope, subject)


def _is_newest(select: exp.Select, scope: Scope, subject: Subject) -> bool:
    """Tell whether a subquery within an expression takes the first row by time."""
    inner = subject.scopes.by_expression.get(id(select), scope)
    return bool(select.args.get("limit")) and any(_is_time(key, inner, subject) for key in _keys(select))


def _alternatives(node: exp.Expr) -> set[str]:
    """Return the columns that a COALESCE or CASE chooses from, by their names in folded case."""
    values: list[exp.Expr | None] = []
    if isinstance(node, exp.Coalesce):
        values = [node.this, *node.expressions]
    elif isinstance(node, exp.Case):
        values = [node.args.get("default"), *(branch.args.get("true") for branch in node.args["ifs"])]
    elif isinstance(node, exp.If):
        values = [node.args.get("true"), node.args.get("false")]
    return {
        column.sql().casefold() for value in values if value is not None for column in value_columns(value)
    }


def _picks_by_time(node: exp.Expr, scope: Scope, subject: Subject) -> bool:
    if isinstance(node, exp.ArgMax | exp.ArgMin):
        key = node.args.get("expression")
        return key is not None and _is_time(key, scope, subject)
    window = node.find_ancestor(exp.Window, exp.Query)
    orders = [*node.find_all(exp.Order), *([window] if isinstance(window, exp.Window) else [])]
    return any(_is_time(key, scope, subject) for order in orders for key in _keys(order))


def _keeps_newest(scope: Scope, subject: Subject) -> bool:
    """Tell whether a SELECT keeps one row of each group by its time."""
    select = scope.expression
    distinct, qualify, where = (select.args.get(key) for key in ("distinct", "qualify", "where"))
    if distinct is not None and distinct.args.get("on"):
        return any(_is_time(key, scope, subject) for key in _keys(select))
    if qualify is not None and _numbers_by_time(qualify, scope, subject):
        return True
    clauses = [clause for clause in (where, qualify) if clause is not None]
    columns = (column for clause in clauses for column in clause.find_all(exp.Column))
    made = (origin for column in columns for origin in origins(column, scope, subject.scopes))
    return any(_numbers_by_time(origin.expression, origin.scope, subject) for origin in made)


def _numbers_by_time(expression: exp.Expr, scope: Scope, subject: Subject) -> bool:
    return any(
        isinstance(window.this, _NUMBERS) and any(_is_time(key, scope, subject) for key in _keys(window))
        for window in expression.find_all(exp.Window)
    )


def _keys(node: exp.Expr) -> Iterator[exp.Expr]:
    order = node.args.get("order") or (node if isinstance(node, exp.Order) else None)
    for ordered in order.expressions if order is not None else ():
        yield ordered.this


def _is_time(key: exp.Expr, scope: Scope, subject: Subject) -> bool:
    """Tell whether rows are ordered by a date or time, by its type where that is known, else by its name."""
    found = list(source_columns(key, scope, subject.scopes))
    types = [(column.name, subject.catalog.type_of(column.name, table)) for column, table in found]
    known = types or [(column.name, None) for column in key.find_all(exp.Column)]
    return any((_TIME_TYPE.match(kind) if kind else _TIME_NAME.fullmatch(name)) for name, kind in known)
