"""ZD301 missing-name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class MissingName(Rule):
    """The query has no column `name`.

    ## Why it matters
    Zendesk creates no user without a name (Zendesk Users API), so every row would be rejected.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, email FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, email FROM Customer_360
    ```
    """

    code = "ZD301"
    name = "missing-name"
    roles = frozenset({Role.QUERY})
    textual = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look for the column, where all columns are known."""
        if subject.has_all_names and not subject.has_column("name"):
            yield Remark(
                subject.positions.select_word(subject.naming_selects[0]),
                "The query has no column `name`, and Zendesk creates nobody without one. "
                "Add `full_name AS name`.",
            )
