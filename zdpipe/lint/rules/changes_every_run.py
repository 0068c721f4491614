"""ZD402 changes-every-run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.lineage import origins
from zdpipe.lint.rule import Remark, Rule
from zdpipe.lint.volatile import is_volatile
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class ChangesEveryRun(Rule):
    """A value is another one at every run, whatever the customer did.

    ## Why it matters
    zdpipe sends who changed. A column made with `random()`, `now()` or `current_date` changes for everybody
    all the time, so every run sends everybody, at a hundred users a second. The clock may decide who is in
    the result (`WHERE last_order_date > current_date - 365`), but not what is sent.

    ## Bad
    ```sql
    SELECT
      amperity_id AS external_id,
      full_name AS name,
      date_diff('day', last_order_date, current_date) AS "user_fields.days_since_order"
    FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT
      amperity_id AS external_id,
      full_name AS name,
      last_order_date AS "user_fields.last_order_date"
    FROM Customer_360
    WHERE last_order_date > current_date - INTERVAL 1 YEAR
    ```
    """

    code = "ZD402"
    name = "changes-every-run"
    severity = Severity.WARNING
    roles = frozenset({Role.QUERY})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Follow each column of the result to the functions that make it."""
        told: set[int] = set()
        for name, output in subject.names:
            scope = subject.scopes.by_expression.get(id(output.item.parent_select))
            if scope is None:
                continue
            for origin in origins(output.item, scope, subject.scopes):
                for node in origin.expression.find_all(exp.Expression):
                    if (
                        is_volatile(node)
                        and id(node) not in told
                        and not _only_filters(node, origin.expression)
                    ):
                        told.add(id(node))
                        yield _remark(subject, node, name)


def _only_filters(node: exp.Expr, item: exp.Expr) -> bool:
    """Tell whether a function stands in the condition of a subquery within the item."""
    inside = node.parent
    while inside is not None and inside is not item:
        if isinstance(inside, exp.Where | exp.Having | exp.Join | exp.Filter):
            return True
        inside = inside.parent
    return False


def _remark(subject: Subject, node: exp.Expr, name: str) -> Remark:
    span = subject.positions.of(node)
    word = subject.positions.text_of(span)
    return Remark(
        span,
        f"`{word}` makes `{name}` another value at every run, so every run sends everybody. "
        "Send the value it is computed from.",
    )
