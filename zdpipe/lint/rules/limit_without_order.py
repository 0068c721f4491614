"""ZD401 limit-without-order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


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
                elif not node.args.get("order") and not _is_one_row(node):
                    yield from _unordered(subject, node)


def _unordered(subject: Subject, query: exp.Expr) -> Iterator[Remark]:
    for key, word in (("limit", "LIMIT"), ("offset", "OFFSET")):
        clause = query.args.get(key)
        if clause is not None and not _is_zero(clause):
            yield _remark(subject, clause, word)
            return


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
