"""ZD403 unstable-row-number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.picks import picks
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class UnstableRowNumber(Rule):
    """A window function numbers or picks rows that have no order.

    ## Why it matters
    `row_number()` without ORDER BY, or ordered by a constant or by what the rows of a partition have in
    common, gives whichever row came first number one, and DISTINCT ON keeps it. The one that is kept is then
    another at the next run, and its values go back and forth in Zendesk.

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
            for pick in picks(statement):
                if not any(key.find(exp.Column, exp.Literal) for key in pick.telling_keys):
                    what = "numbered" if isinstance(pick.node, exp.Window) else "picked"
                    yield Remark(
                        pick.span(subject.positions),
                        f"Rows without an order are {what} otherwise at every run. "
                        "Add ORDER BY with columns that tell all rows of a partition apart.",
                    )
