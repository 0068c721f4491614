"""ZD204 column-unknown-to-zendesk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.names import TABLE_COLUMN, field_like, is_meant_custom
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.fields import NEVER_SENT, is_sendable
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class ColumnUnknownToZendesk(Rule):
    """A column of an attribute table is no field of a Zendesk user that could be sent.

    ## Why it matters
    An attribute table prepares columns under the names that Zendesk knows. Another column is allowed, since a
    query may still rename it, and is more often a slip.

    ## Bad
    ```sql
    -- attribute_tables/contact.sql
    SELECT amperity_id, email, full_name FROM Customer_360
    ```

    ## Good
    ```sql
    -- attribute_tables/contact.sql
    SELECT amperity_id, email, full_name AS name FROM Customer_360
    ```
    """

    code = "ZD204"
    name = "column-unknown-to-zendesk"
    severity = Severity.WARNING
    roles = frozenset({Role.ATTRIBUTE_TABLE})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look the well-formed names up among Zendesk's."""
        for name, output in subject.names:
            if not TABLE_COLUMN.fullmatch(name) or is_meant_custom(name):
                continue
            if name.casefold() != NEVER_SENT and not is_sendable(name):
                yield Remark(
                    subject.positions.of(output.named_by),
                    f"`{name}` is no field of a Zendesk user that can be sent.{field_like(name)} "
                    "Rename it with AS, or send it as a custom field from a query.",
                )
