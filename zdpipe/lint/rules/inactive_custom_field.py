"""ZD702 inactive-custom-field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.accounts import as_read, custom_fields
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class InactiveCustomField(Rule):
    """An account has switched the custom field off.

    ## Why it matters
    An inactive field is hidden from agents, and whether Zendesk keeps what is sent to it is not documented.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, city AS "user_fields.old_city" FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, city AS "user_fields.city" FROM Customer_360
    ```
    """

    code = "ZD702"
    name = "inactive-custom-field"
    severity = Severity.WARNING
    roles = frozenset({Role.QUERY})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look each custom field up in every account that is known."""
        for destination, account in subject.context.accounts.items():
            for key, output in custom_fields(subject):
                if key in account.fields and not account.fields[key].active:
                    yield Remark(
                        subject.positions.of(output.named_by),
                        f"In {as_read(account)} the custom field `{key}` is switched off. "
                        f"Activate it in Zendesk, then: zdpipe schema --to {destination}",
                    )
