"""ZD308 email-is-only-identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class EmailIsOnlyIdentity(Rule):
    """Customers are known to Zendesk by their email address alone.

    ## Why it matters
    Without an external_id Zendesk finds a user by the address. Who changes it becomes a second user, with
    none of the tickets of the first; a secondary address that is somebody's already lands on that user.

    ## Bad
    ```sql
    SELECT email, full_name AS name FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, email, full_name AS name FROM Customer_360
    ```
    """

    code = "ZD308"
    name = "email-is-only-identity"
    severity = Severity.HINT
    roles = frozenset({Role.QUERY})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look for `email` without `external_id`, where all columns are known."""
        if not subject.has_all_names or subject.has_column("external_id"):
            return
        for name, output in subject.names:
            if name == "email":
                yield Remark(
                    subject.positions.of(output.named_by),
                    "Zendesk would know these customers by their address alone, and who changes it becomes "
                    "a new user. Add `amperity_id AS external_id`.",
                )
