"""ZD304 unsendable-field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.fields import PROPERTIES, Access
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject
    from zdpipe.model.fields import Property


class UnsendableField(Rule):
    """A column is a field that cannot be written.

    ## Why it matters
    Zendesk sets some properties of a user itself, and takes others only in shapes that a column cannot have
    (Zendesk Users API). A value for them would be ignored or refuse the user.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, last_order_date AS updated_at FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, last_order_date AS "user_fields.last_order"
    FROM Customer_360
    ```
    """

    code = "ZD304"
    name = "unsendable-field"
    roles = frozenset({Role.QUERY})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look for properties that are read-only or not to be expressed."""
        for name, output in subject.names:
            known = PROPERTIES.get(name)
            if known is None or known.access not in {Access.READ_ONLY, Access.UNSUPPORTED}:
                continue
            yield Remark(subject.positions.of(output.named_by), _message(known))


def _message(known: Property) -> str:
    if known.access is Access.READ_ONLY:
        cure = f'Leave it out, or send it as a custom field: `AS "user_fields.source_{known.name}"`.'
        return f"Zendesk's field `{known.name}` is read-only: {known.note}. {cure}"
    return f"Zendesk's field `{known.name}` cannot be sent from a query: {known.note}. Leave it out."
