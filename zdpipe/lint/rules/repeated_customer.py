"""ZD208 repeated-customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.rule import Remark, Rule
from zdpipe.lint.uniqueness import has_one_row_a_customer
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class RepeatedCustomer(Rule):
    """A join can repeat a customer in an attribute table.

    ## Why it matters
    An attribute table has one row for each `amperity_id`. A join with a table that has several rows for a
    customer, such as orders, gives as many rows, and every query that reads the table repeats the customer.

    ## Bad
    ```sql
    -- attribute_tables/spending.sql
    SELECT c.amperity_id, c.email, o.total AS notes
    FROM Customer_360 AS c LEFT JOIN Orders AS o ON o.amperity_id = c.amperity_id
    ```

    ## Good
    ```sql
    -- attribute_tables/spending.sql
    SELECT c.amperity_id, c.email, o.total AS notes
    FROM Customer_360 AS c
    LEFT JOIN (SELECT amperity_id, sum(total) AS total FROM Orders GROUP BY amperity_id) AS o
      ON o.amperity_id = c.amperity_id
    ```
    """

    code = "ZD208"
    name = "repeated-customer"
    severity = Severity.WARNING
    roles = frozenset({Role.ATTRIBUTE_TABLE})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look at the joins of each SELECT that makes the result."""
        for select in subject.naming_selects:
            if any(select.args.get(key) for key in ("group", "distinct", "qualify")):
                continue
            for join in select.args.get("joins") or ():
                table = join.this
                if _multiplies(join) and not has_one_row_a_customer(table, subject):
                    yield Remark(
                        subject.positions.of_table(table),
                        f"`{table.name}` may have several rows for a customer, and the join repeats the "
                        "customer as often. Join one row for each `amperity_id`, made with GROUP BY.",
                    )


def _multiplies(join: exp.Join) -> bool:
    return isinstance(join.this, exp.Table) and join.kind not in {"SEMI", "ANTI"} and join.method != "ASOF"
