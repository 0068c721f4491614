"""ZD405 tied-row-number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.lineage import source_columns
from zdpipe.lint.picks import picks
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.picks import Pick
    from zdpipe.lint.subject import Subject

# Types of so few values that rows of one customer often share one.
_COARSE_TYPES = frozenset({"BOOLEAN", "DATE"})


class TiedRowNumber(Rule):
    """A row is picked by an order in which several can be first.

    ## Why it matters
    Two orders of one day are equal in `ORDER BY order_date`, and which of them is first may differ from run
    to run. A unique column at the end, such as the order's number, decides. This hint is given where
    everything that rows are ordered by is known to be a date without a time, or true or false.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name
    FROM Customer_360
    QUALIFY row_number() OVER (PARTITION BY amperity_id ORDER BY last_order_date DESC) = 1
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name
    FROM Customer_360
    QUALIFY row_number() OVER (PARTITION BY amperity_id ORDER BY last_order_date DESC, email) = 1
    ```
    """

    code = "ZD405"
    name = "tied-row-number"
    severity = Severity.HINT

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look up the types of what rows are ordered by."""
        for statement in subject.query.statements:
            for pick in picks(statement):
                keys = pick.telling_keys
                if keys and all(_is_coarse(key, pick, subject) for key in keys):
                    shown = ", ".join(f"`{key.name}`" for key in keys)
                    yield Remark(
                        subject.positions.of(keys[-1]),
                        f"Rows with the same {shown} may come in another order at the next run. "
                        "Add a unique column after it, such as the key of the table.",
                    )


def _is_coarse(key: exp.Expr, pick: Pick, subject: Subject) -> bool:
    select = pick.node if isinstance(pick.node, exp.Select) else pick.node.parent_select
    scope = subject.scopes.by_expression.get(id(select))
    if scope is None or not isinstance(key, exp.Column):
        return False
    found = list(source_columns(key, scope, subject.scopes))
    types = {subject.catalog.type_of(column.name, table) for column, table in found}
    return len(found) == 1 and types <= _COARSE_TYPES
