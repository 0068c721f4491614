"""ZD402 changes-every-run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.lineage import origins
from zdpipe.lint.rule import Remark, Rule
from zdpipe.lint.volatile import is_clock, is_random
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject

_FILTERS = (exp.Where, exp.Having, exp.Join, exp.Filter)
_COARSE = frozenset({"month", "quarter", "year", "isoyear", "decade", "century"})


class ChangesEveryRun(Rule):
    """A value is another one at every run, whatever the customer did.

    ## Why it matters
    zdpipe sends who changed. A column made with `random()`, `now()` or `current_date` changes for everybody
    all the time, so every run sends everybody, at a hundred users a second. The clock may decide who is in
    the result (`WHERE last_order_date > current_date - 365`) and what is true of them
    (`last_order_date > current_date - 365 AS "user_fields.active"`), for that changes seldom; so does what is
    counted in months or years.

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
                    if id(node) not in told and _moves(node, origin.expression):
                        told.add(id(node))
                        yield _remark(subject, node, name)


def _moves(node: exp.Expr, item: exp.Expr) -> bool:
    """Tell whether a function makes the value of an item another one from run to run."""
    if is_random(node):
        return not any(isinstance(around, _FILTERS) for around in _between(node, item))
    if not is_clock(node):
        return False
    return not any(
        isinstance(around, (*_FILTERS, exp.Predicate, exp.Year, exp.Quarter)) or _is_coarse(around)
        for around in _between(node, item)
    )


def _between(node: exp.Expr, item: exp.Expr) -> Iterator[exp.Expr]:
    around = node.parent
    while around is not None:
        yield around
        if around is item:
            return
        around = around.parent


def _is_coarse(node: exp.Expr) -> bool:
    """Tell whether a function counts, or cuts off at, months or more."""
    if not isinstance(node, exp.Func) or isinstance(node, exp.Interval):
        return False
    unit = node.args.get("unit") or (node.this if isinstance(node, exp.Extract) else None)
    if isinstance(node, exp.Anonymous) and node.name.casefold() in {"date_part", "datepart"}:
        unit = node.expressions[0] if node.expressions else None
    return isinstance(unit, exp.Expr) and unit.name.casefold().rstrip("s") in _COARSE


def _remark(subject: Subject, node: exp.Expr, name: str) -> Remark:
    span = subject.positions.of(node)
    word = subject.positions.text_of(span)
    if is_random(node):
        why = "at every run, so every run sends everybody. Send a column of the source."
    else:
        why = (
            "as time passes, so customers are sent again of whom nothing changed. "
            "Send the date or time it is computed from."
        )
    return Remark(span, f"`{word}` makes `{name}` another value {why}")
