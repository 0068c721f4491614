"""ZD311 email-without-verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.lineage import origins
from zdpipe.lint.newest import is_one_of_several
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class EmailWithoutVerified(Rule):
    """An address that changes from time to time comes without `verified`.

    ## Why it matters
    Who is known by external_id keeps every address that was ever sent: Zendesk adds a new one as a secondary
    address, which counts as verified only when `verified` is sent with it (Zendesk Users API). This hint is
    given where the SQL shows that the address is one of several: the newest of many rows, or the first of
    many columns.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, max(full_name) AS name, arg_max(email, last_order_date) AS email
    FROM Customer_360
    GROUP BY amperity_id
    ```

    ## Good
    ```sql
    SELECT
      amperity_id AS external_id,
      max(full_name) AS name,
      arg_max(email, last_order_date) AS email,
      false AS verified
    FROM Customer_360
    GROUP BY amperity_id
    ```
    """

    code = "ZD311"
    name = "email-without-verified"
    severity = Severity.HINT
    roles = frozenset({Role.QUERY})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Follow `email` to where it is chosen, in queries that have an external_id and no `verified`."""
        if not subject.has_all_names or subject.has_column("verified"):
            return
        if not subject.has_column("external_id"):  # then every address is somebody else, which is ZD308
            return
        for name, output in subject.names:
            scope = subject.scopes.by_expression.get(id(output.item.parent_select))
            if name != "email" or scope is None:
                continue
            made_by = origins(output.item, scope, subject.scopes)
            if any(is_one_of_several(origin, subject) for origin in made_by):
                yield Remark(
                    subject.positions.of(output.item),
                    "This address is one of several and changes with the data, and Zendesk adds each new one "
                    "as an unverified secondary address. Add a column `verified`, true where the customer "
                    "has confirmed it.",
                )
