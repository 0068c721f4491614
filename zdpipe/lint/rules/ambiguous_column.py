"""ZD109 ambiguous-column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.resolve import ambiguities
from zdpipe.lint.rule import Remark, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class AmbiguousColumn(Rule):
    """A column without a table's name is in more than one of the tables.

    ## Why it matters
    Which of them is meant nobody can tell, so the engine refuses the query.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name
    FROM Customer_360 AS c JOIN Orders AS o ON o.amperity_id = c.amperity_id
    ```

    ## Good
    ```sql
    SELECT c.amperity_id AS external_id, full_name AS name
    FROM Customer_360 AS c JOIN Orders AS o ON o.amperity_id = c.amperity_id
    ```
    """

    code = "ZD109"
    name = "ambiguous-column"

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Count the tables in sight that have each bare column."""
        for column, aliases in ambiguities(subject.scopes):
            choices = " or ".join(f"`{alias}.{column.name}`" for alias in aliases)
            yield Remark(
                subject.positions.of(column.this),
                f"`{column.name}` is in {len(aliases)} of the tables read here. Write {choices}.",
            )
