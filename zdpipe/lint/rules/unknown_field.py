"""ZD303 unknown-field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.names import field_like, is_meant_custom, key_meant_by
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.fields import NEVER_SENT, PROPERTIES
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class UnknownField(Rule):
    """A column is no field of a Zendesk user.

    ## Why it matters
    Zendesk ignores a field it does not know without a word, so the value would never arrive. What is no
    property of the user (Zendesk Users API) goes into a custom field, named `user_fields.<key>`.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, phone AS phnoe FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, phone, city AS "user_fields.city" FROM Customer_360
    ```
    """

    code = "ZD303"
    name = "unknown-field"
    roles = frozenset({Role.QUERY})
    textual = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look each name up that is not meant as a custom field."""
        for name, output in subject.names:
            if is_meant_custom(name) or name.lower() in PROPERTIES or name.lower() == NEVER_SENT:
                continue
            key = key_meant_by(name)
            custom = f' For a custom field write `AS "user_fields.{key}"`.' if key else ""
            yield Remark(
                subject.positions.of(output.named_by),
                f"Zendesk's users have no field `{name}`.{field_like(name)}{custom}",
            )
