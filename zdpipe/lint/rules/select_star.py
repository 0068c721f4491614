"""ZD104 select-star."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.outputs import outputs_of, result_selects
from zdpipe.lint.rule import Remark, Rule
from zdpipe.lint.star import columns_of, expansion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class SelectStar(Rule):
    """A star in the result sends whatever the table grows tomorrow.

    ## Why it matters
    Every output column becomes a field of a Zendesk user. Columns should arrive there because somebody named
    them, not because the source got a new one. `count(*)` and a star inside a CTE or subquery are fine.

    ## Bad
    ```sql
    SELECT * FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, email FROM Customer_360
    ```
    """

    code = "ZD104"
    name = "select-star"
    textual = True
    fixable = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look through every list of the result, those of a UNION's later parts included."""
        for select in result_selects(subject.query.statement):
            for output in outputs_of(select):
                if output.is_star:
                    columns = columns_of(output, subject)
                    yield Remark(
                        subject.positions.of(output.item),
                        "A star sends every column the table has, now and later. Name the columns to send.",
                        expansion(output, columns, subject),
                        f"now it is {', '.join(columns)}" if columns else "",
                    )
