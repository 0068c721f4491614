"""ZD203 custom-field-in-attribute-table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.names import is_meant_custom
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class CustomFieldInAttributeTable(Rule):
    """An attribute table holds a custom field.

    ## Why it matters
    Column names of an attribute table have no dot, so it cannot hold `user_fields.…` (Amperity documentation,
    "Use an attributes table"). Custom fields belong into a query, which may read the attribute table.

    ## Bad
    ```sql
    -- attribute_tables/contact.sql
    SELECT amperity_id, city AS "user_fields.city" FROM Customer_360
    ```

    ## Good
    ```sql
    -- attribute_tables/contact.sql
    SELECT amperity_id, email FROM Customer_360
    ```
    """

    code = "ZD203"
    name = "custom-field-in-attribute-table"
    roles = frozenset({Role.ATTRIBUTE_TABLE})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look for names that are meant as custom fields."""
        for name, output in subject.names:
            if is_meant_custom(name):
                yield Remark(
                    subject.positions.of(output.named_by),
                    f"An attribute table cannot hold the custom field `{name}`. Move this column to a query.",
                )
