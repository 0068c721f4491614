"""The SELECT lists of a statement that make its result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Output:
    """One item of the list that names the result's columns.

    `name` is None for an expression without a name and for a star; `named_by` is the node that bears the
    name, or the whole item where there is none.
    """

    name: str | None
    item: exp.Expr
    named_by: exp.Expr
    is_star: bool = False
    is_aliased: bool = False


def result_selects(statement: exp.Expr | None) -> Iterator[exp.Select]:
    """Yield every SELECT whose rows are part of the result, left to right."""
    pending: list[exp.Expr | None] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, exp.SetOperation):
            pending += [node.expression, node.this]
        elif isinstance(node, exp.Subquery):
            pending.append(node.this)
        elif isinstance(node, exp.Select):
            yield node


def naming_selects(statement: exp.Expr | None) -> Iterator[exp.Select]:
    """Yield the SELECTs that give the result's columns their names: the first, and those united BY NAME."""
    pending: list[exp.Expr | None] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, exp.SetOperation):
            pending += [node.expression, node.this] if node.args.get("by_name") else [node.this]
        elif isinstance(node, exp.Subquery):
            pending.append(node.this)
        elif isinstance(node, exp.Select):
            yield node


def outputs_of(select: exp.Select) -> tuple[Output, ...]:
    """Return the items of a SELECT list."""
    return tuple(_output(item) for item in select.expressions)


def _output(item: exp.Expr) -> Output:
    bare = item.unnest()
    if bare.is_star or _expands(bare):
        return Output(None, item, item, is_star=True)
    if isinstance(bare, exp.Alias):
        name = bare.args["alias"]
        return Output(bare.alias, item, name if isinstance(name, exp.Expr) else item, is_aliased=True)
    if isinstance(bare, exp.Column):
        return Output(bare.name, item, bare.this)
    return Output(None, item, item)


def _expands(item: exp.Expr) -> bool:
    """Tell whether DuckDB's COLUMNS(…) makes several columns of one item."""
    return any(columns.parent_select is item.parent_select for columns in item.find_all(exp.Columns))
