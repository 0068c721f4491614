"""ZD404 group-repeats-identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.lineage import relation_of
from zdpipe.lint.rule import Remark, Rule
from zdpipe.lint.uniqueness import has_one_row_a_customer
from zdpipe.model.fields import NEVER_SENT
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


_IDENTITIES = ("external_id", "email")


class GroupRepeatsIdentity(Rule):
    """A GROUP BY can give one customer several rows.

    ## Why it matters
    Grouped by the customer and by something else, a customer has a row for each value of the something. Only
    one of the rows is sent for a person, with a warning about the others.

    ## Bad
    ```sql
    SELECT o.amperity_id AS external_id, c.full_name AS name, o.total AS notes
    FROM Customer_360 AS c JOIN Orders AS o ON o.amperity_id = c.amperity_id
    GROUP BY o.amperity_id, c.full_name, o.total
    ```

    ## Good
    ```sql
    SELECT o.amperity_id AS external_id, any_value(c.full_name) AS name, max(o.total) AS notes
    FROM Customer_360 AS c JOIN Orders AS o ON o.amperity_id = c.amperity_id
    GROUP BY o.amperity_id
    ```
    """

    code = "ZD404"
    name = "group-repeats-identity"
    severity = Severity.WARNING
    roles = frozenset({Role.QUERY})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Compare the keys of each grouping with the column that identifies a customer."""
        for select in subject.naming_selects:
            keys, identity = _keys(select), _identity(select)
            others = [key for key in keys if _multiplies(_meant(key, select), select, subject)]
            if identity is not None and identity in (_meant(key, select) for key in keys) and others:
                yield Remark(
                    subject.positions.of(others[0]),
                    "Grouped by this as well as by the customer's key, a customer may have several rows. "
                    "Group by the key alone, and take `any_value` or `max` of the rest.",
                )


def _keys(select: exp.Select) -> list[exp.Expr]:
    """Return what rows are grouped by; GROUP BY ALL means every item without an aggregate."""
    group = select.args.get("group")
    if group is None or not group.args.get("all"):
        return group.expressions if group is not None else []
    return [item.unalias() for item in select.expressions if not item.find(exp.AggFunc)]


def _multiplies(key: exp.Expr, select: exp.Select, subject: Subject) -> bool:
    """Tell whether a key is another one in several rows of a customer.

    A column of a table with one row for each customer is not, whatever is joined to it.
    """
    scope = subject.scopes.by_expression.get(id(select))
    columns = [column for column in key.find_all(exp.Column) if column.name.casefold() != NEVER_SENT]
    relations = [relation_of(column, scope, subject.scopes) if scope else None for column in columns]
    return any(one is not None and not has_one_row_a_customer(one, subject) for one in relations)


def _identity(select: exp.Select) -> exp.Expr | None:
    by_name = {item.alias_or_name.casefold(): item.unalias() for item in select.expressions}
    return next((by_name[name] for name in _IDENTITIES if name in by_name), None)


def _meant(key: exp.Expr, select: exp.Select) -> exp.Expr:
    """Return what a key stands for: `GROUP BY 1` and the name of an item mean the item."""
    items = select.expressions
    if isinstance(key, exp.Literal) and not key.is_string and 0 < int(key.this) <= len(items):
        meant: exp.Expr = items[int(key.this) - 1].unalias()
        return meant
    if isinstance(key, exp.Column) and not key.table:
        aliased = (item.this for item in items if isinstance(item, exp.Alias) and item.alias == key.name)
        return next(aliased, key)
    return key
