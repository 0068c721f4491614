"""ZD310 system-name-as-key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.accounts import custom_fields
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.fields import is_sendable
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


# Zendesk help, "Adding custom fields to users", names these.
_SYSTEM_NAMES = frozenset({"details", "id", "name", "notes", "tags"})


class SystemNameAsKey(Rule):
    """A custom field's key is the name of a field that every user has.

    ## Why it matters
    Zendesk advises against keys such as `id` or `tags`: placeholders and searches then mean the other one.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, city AS "user_fields.notes" FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, city AS notes FROM Customer_360
    ```
    """

    code = "ZD310"
    name = "system-name-as-key"
    severity = Severity.WARNING
    roles = frozenset({Role.QUERY})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look at the key of each custom field."""
        for key, output in custom_fields(subject):
            if key.lower() in _SYSTEM_NAMES:
                name = key.lower()
                cure = f"Write `AS {name}` for that one, or use" if is_sendable(name) else "Use"
                yield Remark(
                    subject.positions.of(output.named_by),
                    f"Zendesk advises against a custom field called `{name}`, which is a field of "
                    f"every user. {cure} another key.",
                )
