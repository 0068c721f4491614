"""ZD207 amperity-id-from-elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.lineage import source_columns
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.fields import NEVER_SENT
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class AmperityIdFromElsewhere(Rule):
    """An attribute table's `amperity_id` is not the source's.

    ## Why it matters
    Queries join attribute tables by `amperity_id`. One made from another column joins nobody, or somebody
    else; a source without the column cannot be the source of an attribute table.

    ## Bad
    ```sql
    -- attribute_tables/loyalty.sql
    SELECT email AS amperity_id, phone FROM Customer_360
    ```

    ## Good
    ```sql
    -- attribute_tables/loyalty.sql
    SELECT amperity_id, phone FROM Customer_360
    ```
    """

    code = "ZD207"
    name = "amperity-id-from-elsewhere"
    severity = Severity.WARNING
    roles = frozenset({Role.ATTRIBUTE_TABLE})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Follow `amperity_id` to the columns of the tables it is made from."""
        for name, output in subject.names:
            scope = subject.scopes.by_expression.get(id(output.item.parent_select))
            if name != NEVER_SENT or scope is None:
                continue
            columns = [column.name for column, _ in source_columns(output.item, scope, subject.scopes)]
            if columns and NEVER_SENT not in (column.casefold() for column in columns):
                made = ", ".join(f"`{column}`" for column in dict.fromkeys(columns))
                yield Remark(
                    subject.positions.of(output.item),
                    f"`amperity_id` is made from {made}. Select the source's own `amperity_id`.",
                )
