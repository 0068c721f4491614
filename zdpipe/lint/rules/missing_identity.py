"""ZD302 missing-identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class MissingIdentity(Rule):
    """The query has neither `external_id` nor `email`.

    ## Why it matters
    Zendesk tells users apart by one of the two, external_id first (Zendesk Users API). Without a key each run
    would create everybody anew, so every row would be rejected.

    ## Bad
    ```sql
    SELECT full_name AS name, phone FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, phone FROM Customer_360
    ```
    """

    code = "ZD302"
    name = "missing-identity"
    roles = frozenset({Role.QUERY})
    textual = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look for either column, where all columns are known."""
        if not subject.has_all_names or subject.has_column("external_id") or subject.has_column("email"):
            return
        yield Remark(
            subject.positions.select_word(subject.naming_selects[0]),
            "The query has neither `external_id` nor `email`, so Zendesk could not tell whose each row is. "
            "Add `amperity_id AS external_id`.",
        )
