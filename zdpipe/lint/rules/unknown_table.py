"""ZD107 unknown-table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.nearest import did_you_mean
from zdpipe.lint.outside import file_read_by
from zdpipe.lint.rule import Remark, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class UnknownTable(Rule):
    """A table is neither in the source nor among the attribute tables.

    ## Why it matters
    The engine would refuse the query. What the source holds is known from schema.json, which `zdpipe schema`
    writes; without it this rule says nothing.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name FROM Customer360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name FROM Customer_360
    ```
    """

    code = "ZD107"
    name = "unknown-table"

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look every table up that is neither a CTE, a function nor a file."""
        for table in subject.scopes.tables():
            if subject.catalog.knows(table) or file_read_by(table, subject):
                continue
            name = ".".join(part.name for part in table.parts)
            question = did_you_mean(name, subject.catalog.names)
            cure = question or " Correct the name, or renew schema.json with `zdpipe schema`."
            message = f"There is no table `{name}` in the source.{cure}"
            yield Remark(subject.positions.of_table(table), message)
