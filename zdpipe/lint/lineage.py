"""Which expressions make the values of a result's column, followed through subqueries and CTEs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from zdpipe.lint.scopes import SCOPE_FAILURES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zdpipe.lint.scopes import Scopes, Source


class Origin(NamedTuple):
    """An expression that has a part in a value, and the scope it stands in."""

    expression: exp.Expr
    scope: Scope


def origins(item: exp.Expr, scope: Scope, scopes: Scopes) -> Iterator[Origin]:
    """Yield the item itself, then the items of other SELECT lists that its columns come from, stars too.

    Where a name leads is only told where that is certain; a column of a table ends the way.
    """
    pending = [Origin(item, scope)]
    seen: set[int] = set()
    while pending:
        origin = pending.pop()
        if id(origin.expression) in seen:
            continue
        seen.add(id(origin.expression))
        yield origin
        for column in origin.expression.find_all(exp.Column):
            pending += _made_by(column, origin.scope, scopes)


def value_columns(expression: exp.Expr) -> Iterator[exp.Column]:
    """Yield the columns that have a part in a value; those that only order or part a window have none."""
    for column in expression.find_all(exp.Column):
        if column.is_star:
            continue
        node: exp.Expr | None = column
        while node is not None and node is not expression:
            if isinstance(node.parent, exp.Window) and node.arg_key != "this":
                break
            node = node.parent
        else:
            yield column


def source_columns(item: exp.Expr, scope: Scope, scopes: Scopes) -> Iterator[tuple[exp.Column, exp.Table]]:
    """Yield each column of a real table that has a part in an item's values, with that table."""
    for origin in origins(item, scope, scopes):
        for column in value_columns(origin.expression):
            table = table_of(column, origin.scope, scopes)
            if table is not None:
                yield column, table


def relation_of(column: exp.Column, scope: Scope, scopes: Scopes) -> exp.Expr | None:
    """Return the table or subquery of FROM that a column is surely read from."""
    found = _found(column, scope, scopes)
    return found[0] if found else None


def _made_by(column: exp.Column, scope: Scope, scopes: Scopes) -> list[Origin]:
    source = source_of(column, scope, scopes)
    return items_named(column.name, source, scopes) if isinstance(source, Scope) else []


def table_of(column: exp.Column, scope: Scope, scopes: Scopes) -> exp.Table | None:
    """Return the real table that a column is surely read from under its own name."""
    source = source_of(column, scope, scopes)
    if not isinstance(source, exp.Table):
        return None
    alias = source.args.get("alias")
    renames = isinstance(alias, exp.TableAlias) and bool(alias.columns)
    return None if renames else source


def source_of(column: exp.Column, scope: Scope, scopes: Scopes) -> exp.Expr | Scope | None:
    """Return the table, subquery or CTE that a column is surely read from."""
    found = _found(column, scope, scopes)
    return found[1] if found else None


def _found(column: exp.Column, scope: Scope, scopes: Scopes) -> tuple[exp.Expr, exp.Expr | Scope] | None:
    """Return what a column is read from, looking outward as a correlated subquery does."""
    around: Scope | None = scope
    while around is not None:
        try:
            selected = around.selected_sources
        except SCOPE_FAILURES:
            return None
        known = scopes.sources(around)
        for alias, (node, source) in selected.items():
            if _reads(column, alias, known, only=len(selected) == 1):
                return node, source
        around = around.parent
    return None


def _reads(column: exp.Column, alias: str, known: Mapping[str, Source], *, only: bool) -> bool:
    if column.table:
        return column.table.casefold() == alias.casefold()
    source = known.get(alias.casefold())
    by_fold = source.by_fold if source is not None else {}
    return column.name.casefold() in by_fold or (only and not by_fold)


def items_named(name: str, scope: Scope, scopes: Scopes) -> list[Origin]:
    """Return the items that give a column of that name, one for each side of a set operation."""
    if scope.set_operation_scopes:
        return [found for side in scope.set_operation_scopes for found in _of_side(name, scope, side, scopes)]
    if not isinstance(scope.expression, exp.Select):
        return []
    for item in scope.expression.expressions:
        given = scopes.item_names(item, scope)
        if given is not None and name.casefold() in (one.casefold() for one in given):
            return _through_star(name, item, scope, scopes)
    return []


def _of_side(name: str, whole: Scope, side: Scope, scopes: Scopes) -> list[Origin]:
    """Return a side's items: by name where the sides are united so, else by place."""
    columns, own = scopes.columns(whole), scopes.columns(side)
    if columns is None or own is None or whole.expression.args.get("by_name"):
        return items_named(name, side, scopes)
    place = next((at for at, one in enumerate(columns) if one.casefold() == name.casefold()), None)
    return items_named(own[place], side, scopes) if place is not None and place < len(own) else []


def _through_star(name: str, item: exp.Expr, scope: Scope, scopes: Scopes) -> list[Origin]:
    if not item.unnest().is_star:
        return [Origin(item, scope)]
    source = read_through_star(name, item, scope, scopes)
    return [Origin(item, scope), *items_named(name, source, scopes)] if isinstance(source, Scope) else []


def stars_named(name: str, scope: Scope, scopes: Scopes) -> list[Origin]:
    """Return the stars that take a column of that name from a table, one for each side of a set operation."""
    return [
        Origin(item, side)
        for side in scope.set_operation_scopes or [scope]
        for item in side.expression.expressions
        if item.unnest().is_star and isinstance(read_through_star(name, item, side, scopes), exp.Table)
    ]


def read_through_star(name: str, item: exp.Expr, scope: Scope, scopes: Scopes) -> exp.Expr | Scope | None:
    """Return the table, subquery or CTE from which a star takes a column, None where nobody is sure."""
    bare = item.unnest()
    only = bare.table.casefold() if isinstance(bare, exp.Column) else ""
    try:
        selected = scope.selected_sources
    except SCOPE_FAILURES:
        return None
    for alias, (_, source) in selected.items():
        known = scopes.sources(scope).get(alias.casefold())
        is_asked = only in {"", alias.casefold()}
        if is_asked and known is not None and name.casefold() in known.by_fold:
            return source
    return None
