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
        """Look at what each SELECT that makes the result joins."""
        for select in subject.naming_selects:
            if any(select.args.get(key) for key in ("group", "distinct", "qualify")):
                continue
            for relation in _joined(select):
                if not has_one_row_a_customer(relation, subject):
                    yield _remark(relation, subject)


def _joined(select: exp.Select) -> list[exp.Expr]:
    """Return the relations that a SELECT joins in a way that can repeat the rows of others."""
    source = select.args.get("from_")
    joined = [join.this for join in select.args.get("joins") or () if _multiplies(join)]
    return [source.this, *joined] if source is not None and joined else joined


def _multiplies(join: exp.Join) -> bool:
    relation = join.this
    return (
        isinstance(relation, exp.Table | exp.Subquery)
        and join.kind not in {"SEMI", "ANTI"}
        and join.method != "ASOF"
    )


def _remark(relation: exp.Expr, subject: Subject) -> Remark:
    if isinstance(relation, exp.Table):
        span = subject.positions.of_table(relation)
    else:
        select = relation.find(exp.Select)
        span = subject.positions.select_word(select) if select else subject.positions.of(relation)
    return Remark(
        span,
        f"`{relation.name or relation.alias}` may have several rows for a customer, and the join repeats the "
        "customer as often. Join one row for each `amperity_id`, made with GROUP BY.",
    )
