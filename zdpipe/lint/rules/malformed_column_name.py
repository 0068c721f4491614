"""ZD202 malformed-column-name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.names import TABLE_COLUMN, is_meant_custom, slug
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class MalformedColumnName(Rule):
    """A column of an attribute table has a name that Amperity does not accept.

    ## Why it matters
    A name may hold letters, digits and underscores, and begins with a letter or digit (Amperity
    documentation, "Use an attributes table").

    ## Bad
    ```sql
    -- attribute_tables/contact.sql
    SELECT amperity_id, time_zone AS "time zone" FROM Customer_360
    ```

    ## Good
    ```sql
    -- attribute_tables/contact.sql
    SELECT amperity_id, time_zone FROM Customer_360
    ```
    """

    code = "ZD202"
    name = "malformed-column-name"
    roles = frozenset({Role.ATTRIBUTE_TABLE})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look at every name that is not meant as a custom field."""
        for name, output in subject.names:
            if not TABLE_COLUMN.fullmatch(name) and not is_meant_custom(name):
                yield Remark(
                    subject.positions.of(output.named_by),
                    f"`{name}` holds more than letters, digits and underscores, or does not begin with a "
                    f"letter or digit. Write `AS {slug(name) or 'name'}`.",
                )
