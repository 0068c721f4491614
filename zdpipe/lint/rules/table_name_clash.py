"""ZD205 table-name-clash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class TableNameClash(Rule):
    """An attribute table has the name of another table.

    ## Why it matters
    The stem of the file is the table's name, in whatever case. A query that reads `customer_360` must not get
    another table than the one in the source, and two files cannot both be one table.

    ## Bad
    ```sql
    -- attribute_tables/customer_360.sql
    SELECT amperity_id, email FROM Customer_360
    ```

    ## Good
    ```sql
    -- attribute_tables/contact.sql
    SELECT amperity_id, email FROM Customer_360
    ```
    """

    code = "ZD205"
    name = "table-name-clash"
    roles = frozenset({Role.ATTRIBUTE_TABLE})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Compare the file's stem with the source and with the other files."""
        query = subject.query
        taken = subject.catalog.source_name(query.name) or self._other_file(subject)
        if taken and query.statements:
            yield Remark(
                subject.positions.first_word(query.statements[0]),
                f"The table `{query.name}` would have the name of `{taken}`. Rename this file.",
            )

    def _other_file(self, subject: Subject) -> str | None:
        query = subject.query
        others = (*subject.queries, *subject.context.attribute_tables.values())
        return next(
            (
                other.path
                for other in others
                if other.role is Role.ATTRIBUTE_TABLE
                and other.path != query.path
                and other.name.casefold() == query.name.casefold()
            ),
            None,
        )
