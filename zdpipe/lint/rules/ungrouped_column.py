"""ZD114 ungrouped-column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.lineage import relation_of
from zdpipe.lint.rule import Remark, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot.optimizer.scope import Scope

    from zdpipe.lint.subject import Subject

# What aggregates, has rows of its own, or may be an aggregate or a macro that sqlglot does not know.
_MAY_AGGREGATE = (
    exp.AggFunc,
    exp.Anonymous,
    exp.AnonymousAggFunc,
    exp.Any,
    exp.Filter,
    exp.Query,
    exp.Window,
    exp.WithinGroup,
)


class UngroupedColumn(Rule):
    """A column stands beside an aggregate and is not grouped by.

    ## Why it matters
    `sum` and its like make one row of many, and which of their values the column would have is not said.
    DuckDB refuses it, also where the database that the query was written for does not.

    ## Bad
    ```sql
    SELECT c.amperity_id AS external_id, c.full_name AS name, sum(o.total) AS "user_fields.lifetime_value"
    FROM Customer_360 AS c JOIN Orders AS o ON o.amperity_id = c.amperity_id
    GROUP BY c.amperity_id
    ```

    ## Good
    ```sql
    SELECT c.amperity_id AS external_id, c.full_name AS name,
      CAST(sum(o.total) AS DECIMAL(10, 2)) AS "user_fields.lifetime_value"
    FROM Customer_360 AS c JOIN Orders AS o ON o.amperity_id = c.amperity_id
    GROUP BY c.amperity_id, c.full_name
    ```
    """

    code = "ZD114"
    name = "ungrouped-column"

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look at the list of each SELECT that surely aggregates."""
        for scope in subject.scopes.all:
            select = scope.expression
            if not isinstance(select, exp.Select) or not _aggregates(select) or not _is_plain(select):
                continue
            keys = [_meant(key, select) for key in _keys(select)]
            for item in select.expressions:
                for column in _ungrouped(item.unalias(), keys):
                    if _is_read_here(column, scope, select, subject):
                        span = subject.positions.of(column)
                        shown = subject.positions.text_of(span)
                        yield Remark(
                            span,
                            f"`{shown}` is neither aggregated nor in GROUP BY, which DuckDB refuses. "
                            f"Group by it too, or write `any_value({shown})`.",
                        )


def _aggregates(select: exp.Select) -> bool:
    found = (node for item in select.expressions for node in item.find_all(exp.AggFunc))
    return any(node.find_ancestor(exp.Window, exp.Query) is select for node in found)


def _is_plain(select: exp.Select) -> bool:
    """Tell whether rows are grouped by listed keys, or all together."""
    group = select.args.get("group")
    listed = group is None or bool(group.expressions)
    special = group is not None and (
        group.find(exp.Cube, exp.GroupingSets, exp.Rollup, exp.Tuple)
        or any(value for key, value in group.args.items() if key != "expressions")
    )
    stars = any(item.is_star or item.find(exp.Columns) for item in select.expressions)
    return listed and not special and not stars


def _keys(select: exp.Select) -> list[exp.Expr]:
    group = select.args.get("group")
    return group.expressions if group is not None else []


def _meant(key: exp.Expr, select: exp.Select) -> exp.Expr:
    """Return what a key stands for: `GROUP BY 1` and the name of an item mean the item."""
    items = select.expressions
    if (
        isinstance(key, exp.Literal)
        and not key.is_string
        and key.name.isdigit()
        and 0 < int(key.name) <= len(items)
    ):
        made: exp.Expr = items[int(key.name) - 1].unalias()
        return made
    if isinstance(key, exp.Column) and not key.table:
        aliased = (item.this for item in items if isinstance(item, exp.Alias) and _same(item.alias, key.name))
        return next(aliased, key)
    return key


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _ungrouped(item: exp.Expr, keys: list[exp.Expr]) -> Iterator[exp.Column]:
    """Yield the columns of an item outside of aggregates, subqueries and what is grouped by."""
    pending = [item]
    while pending:
        node = pending.pop()
        if isinstance(node, _MAY_AGGREGATE):
            continue
        if isinstance(node, exp.Lambda | exp.Comprehension) or any(_is_key(node, key) for key in keys):
            continue
        if isinstance(node, exp.Column):
            yield node
            continue
        pending += reversed(list(node.iter_expressions()))


def _is_key(node: exp.Expr, key: exp.Expr) -> bool:
    if isinstance(node, exp.Column) and isinstance(key, exp.Column):
        # With and without the table's name: which table it is, ZD109 asks.
        return _same(node.name, key.name) and (
            not node.table or not key.table or _same(node.table, key.table)
        )
    return node == key or node.unnest() == key.unnest()


def _is_read_here(column: exp.Column, scope: Scope, select: exp.Select, subject: Subject) -> bool:
    """Tell whether a column is surely one of the tables that this SELECT reads."""
    made = (item.alias for item in select.expressions if isinstance(item, exp.Alias))
    if len(column.parts) > 2 or (not column.table and any(_same(column.name, alias) for alias in made)):
        return False
    relation = relation_of(column, scope, subject.scopes)
    sources = [select.args.get("from_"), *(select.args.get("joins") or ())]
    return relation is not None and any(source is not None and relation is source.this for source in sources)
