"""ZD403 unstable-row-number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject

# Functions that pick a row by its place; ranks give equal rows equal numbers and so need no total order.
_PICKERS = (exp.RowNumber, exp.FirstValue, exp.LastValue, exp.NthValue, exp.Lag, exp.Lead)


class UnstableRowNumber(Rule):
    """A window function numbers or picks rows that have no order.

    ## Why it matters
    `row_number()` without ORDER BY, or ordered by a constant, gives whichever row came first number one. The
    one that is kept is then another at the next run, and its values go back and forth in Zendesk.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name
    FROM Customer_360
    QUALIFY row_number() OVER (PARTITION BY amperity_id) = 1
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name
    FROM Customer_360
    QUALIFY row_number() OVER (PARTITION BY amperity_id ORDER BY last_order_date DESC, email) = 1
    ```
    """

    code = "ZD403"
    name = "unstable-row-number"
    severity = Severity.WARNING
    textual = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look at every window that a picking function is computed over."""
        for statement in subject.query.statements:
            for window in statement.find_all(exp.Window):
                picker = window.this.this if isinstance(window.this, exp.IgnoreNulls) else window.this
                if isinstance(picker, _PICKERS) and not _is_ordered(window):
                    yield Remark(
                        subject.positions.of(window),
                        "Rows without an order are numbered otherwise at every run. "
                        "Add ORDER BY with columns that tell all rows of a partition apart.",
                    )


def _is_ordered(window: exp.Window) -> bool:
    named = window.args.get("alias")
    orders = [window.args.get("order"), *(_orders_named(named.name, window) if named else ())]
    keys = [ordered.this for order in orders if order is not None for ordered in order.expressions]
    return any(key.find(exp.Column) for key in keys)


def _orders_named(name: str, window: exp.Window) -> list[exp.Expr | None]:
    select = window.parent_select
    windows = select.args.get("windows") or () if select is not None else ()
    return [named.args.get("order") for named in windows if named.name.casefold() == name.casefold()]
