"""ZD401 limit-without-order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.rule import Remark, Rule
from zdpipe.lint.volatile import is_random
from zdpipe.model.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject

_FILTERS = (exp.Where, exp.Having, exp.Qualify, exp.Join)


class LimitWithoutOrder(Rule):
    """A LIMIT, OFFSET or sample picks rows of no particular order.

    ## Why it matters
    Without ORDER BY a database may return any of the rows, and others at the next run. Customers then come
    and go by chance, and a run sends people of whom nothing changed.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name FROM Customer_360 LIMIT 1000
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name FROM Customer_360 ORDER BY amperity_id LIMIT 1000
    ```
    """

    code = "ZD401"
    name = "limit-without-order"
    severity = Severity.WARNING
    textual = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look at every SELECT and set operation, and at every sample."""
        for statement in subject.query.statements:
            for node in statement.find_all(exp.Query, exp.TableSample):
                if isinstance(node, exp.TableSample):
                    yield _remark(subject, node, "A sample")
                elif not _is_ordered(node) and not _is_one_row(node) and not _is_only_asked_for(node):
                    yield from _unordered(subject, node)
            yield from _by_chance(subject, statement)


def _by_chance(subject: Subject, statement: exp.Expr) -> Iterator[Remark]:
    for node in statement.find_all(exp.Expression):
        if is_random(node) and isinstance(node.find_ancestor(*_FILTERS, exp.Query, exp.Window), _FILTERS):
            span = subject.positions.of(node)
            yield Remark(
                span,
                f"`{subject.positions.text_of(span)}` picks other rows at every run. "
                "Pick by the customer, as in `hash(amperity_id) % 10 = 0`.",
            )


def _is_ordered(query: exp.Expr) -> bool:
    """Tell whether rows have an order that is more than a constant or chance."""
    order = query.args.get("order")
    if order is None:
        inner = query.this if isinstance(query, exp.Subquery) else None
        return isinstance(inner, exp.Query) and not inner.args.get("limit") and _is_ordered(inner)
    return any(_says_something(ordered.this) for ordered in order.expressions)


def _says_something(key: exp.Expr) -> bool:
    if isinstance(key, exp.Literal):
        return not key.is_string  # the number of a column
    return not any(is_random(node) for node in key.walk())


def _is_only_asked_for(query: exp.Expr) -> bool:
    """Tell whether all that counts is whether there are rows, as in EXISTS."""
    parent = query.parent
    while isinstance(parent, exp.Subquery | exp.Paren):
        parent = parent.parent
    return isinstance(parent, exp.Exists)


def _unordered(subject: Subject, query: exp.Expr) -> Iterator[Remark]:
    for key, word in (("limit", "LIMIT"), ("offset", "OFFSET")):
        clause = query.args.get(key)
        if clause is not None and not _is_all(clause) and not _is_zero(clause):
            yield _remark(subject, clause, word)
            return


def _is_all(clause: exp.Expr) -> bool:
    count = clause.args.get("expression") or clause.args.get("count")
    return isinstance(count, exp.Null) or (isinstance(count, exp.Var) and count.name.casefold() == "all")


def _is_zero(clause: exp.Expr) -> bool:
    count = clause.args.get("expression") or clause.args.get("count")
    return isinstance(count, exp.Literal) and count.this == "0"


def _is_one_row(query: exp.Expr) -> bool:
    """Tell whether a SELECT has one row whatever it reads, as `SELECT max(x) FROM t` has."""
    if not isinstance(query, exp.Select) or query.args.get("group") or query.args.get("qualify"):
        return False
    items = [item.unalias() for item in query.expressions]
    return bool(items) and all(_is_total(item) for item in items)


def _is_total(item: exp.Expr) -> bool:
    aggregates = [node for node in item.find_all(exp.AggFunc) if not node.find_ancestor(exp.Window)]
    return bool(aggregates)


def _remark(subject: Subject, node: exp.Expr, word: str) -> Remark:
    return Remark(
        subject.positions.of(node),
        f"{word} without ORDER BY picks other rows at every run. "
        "Order by a unique column, such as `amperity_id`.",
    )
