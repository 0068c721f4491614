"""ZD701 missing-custom-field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.accounts import as_read, custom_fields
from zdpipe.lint.nearest import did_you_mean
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class MissingCustomField(Rule):
    """An account has no custom field of that key.

    ## Why it matters
    Fields must exist in Zendesk before anything is sent to them; what Zendesk does with an unknown key is not
    documented. The account's fields are those that `zdpipe schema --to` wrote into schema.json.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, city AS "user_fields.town" FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, city AS "user_fields.city" FROM Customer_360
    ```
    """

    code = "ZD701"
    name = "missing-custom-field"
    severity = Severity.WARNING
    roles = frozenset({Role.QUERY})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look each custom field up in every account that is known."""
        for destination, account in subject.context.accounts.items():
            for key, output in custom_fields(subject):
                if key not in account.fields:
                    yield Remark(
                        subject.positions.of(output.named_by),
                        f"{as_read(account)} has no custom field `{key}`.{did_you_mean(key, account.fields)} "
                        f"Create it in Zendesk, then: zdpipe schema --to {destination}",
                    )
