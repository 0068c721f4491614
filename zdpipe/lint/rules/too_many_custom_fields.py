"""ZD309 too-many-custom-fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.fields import is_custom_field
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


# Zendesk help, "Adding custom fields to users": permissions to view fields work with up to 100 of them.
_MOST = 100


class TooManyCustomFields(Rule):
    """The query fills more custom fields than an account handles well.

    ## Why it matters
    Zendesk's permissions for user fields work with up to a hundred of them, and agents have to find what
    they need. Every field more makes every request larger.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name,
      city AS "user_fields.c1", city AS "user_fields.c2", city AS "user_fields.c3",
      city AS "user_fields.c4", city AS "user_fields.c5", city AS "user_fields.c6",
      city AS "user_fields.c7", city AS "user_fields.c8", city AS "user_fields.c9",
      city AS "user_fields.c10", city AS "user_fields.c11", city AS "user_fields.c12",
      city AS "user_fields.c13", city AS "user_fields.c14", city AS "user_fields.c15",
      city AS "user_fields.c16", city AS "user_fields.c17", city AS "user_fields.c18",
      city AS "user_fields.c19", city AS "user_fields.c20", city AS "user_fields.c21",
      city AS "user_fields.c22", city AS "user_fields.c23", city AS "user_fields.c24",
      city AS "user_fields.c25", city AS "user_fields.c26", city AS "user_fields.c27",
      city AS "user_fields.c28", city AS "user_fields.c29", city AS "user_fields.c30",
      city AS "user_fields.c31", city AS "user_fields.c32", city AS "user_fields.c33",
      city AS "user_fields.c34", city AS "user_fields.c35", city AS "user_fields.c36",
      city AS "user_fields.c37", city AS "user_fields.c38", city AS "user_fields.c39",
      city AS "user_fields.c40", city AS "user_fields.c41", city AS "user_fields.c42",
      city AS "user_fields.c43", city AS "user_fields.c44", city AS "user_fields.c45",
      city AS "user_fields.c46", city AS "user_fields.c47", city AS "user_fields.c48",
      city AS "user_fields.c49", city AS "user_fields.c50", city AS "user_fields.c51",
      city AS "user_fields.c52", city AS "user_fields.c53", city AS "user_fields.c54",
      city AS "user_fields.c55", city AS "user_fields.c56", city AS "user_fields.c57",
      city AS "user_fields.c58", city AS "user_fields.c59", city AS "user_fields.c60",
      city AS "user_fields.c61", city AS "user_fields.c62", city AS "user_fields.c63",
      city AS "user_fields.c64", city AS "user_fields.c65", city AS "user_fields.c66",
      city AS "user_fields.c67", city AS "user_fields.c68", city AS "user_fields.c69",
      city AS "user_fields.c70", city AS "user_fields.c71", city AS "user_fields.c72",
      city AS "user_fields.c73", city AS "user_fields.c74", city AS "user_fields.c75",
      city AS "user_fields.c76", city AS "user_fields.c77", city AS "user_fields.c78",
      city AS "user_fields.c79", city AS "user_fields.c80", city AS "user_fields.c81",
      city AS "user_fields.c82", city AS "user_fields.c83", city AS "user_fields.c84",
      city AS "user_fields.c85", city AS "user_fields.c86", city AS "user_fields.c87",
      city AS "user_fields.c88", city AS "user_fields.c89", city AS "user_fields.c90",
      city AS "user_fields.c91", city AS "user_fields.c92", city AS "user_fields.c93",
      city AS "user_fields.c94", city AS "user_fields.c95", city AS "user_fields.c96",
      city AS "user_fields.c97", city AS "user_fields.c98", city AS "user_fields.c99",
      city AS "user_fields.c100", city AS "user_fields.c101"
    FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, city AS "user_fields.city" FROM Customer_360
    ```
    """

    code = "ZD309"
    name = "too-many-custom-fields"
    severity = Severity.WARNING
    roles = frozenset({Role.QUERY})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Count the columns that are custom fields."""
        fields = [output for name, output in subject.names if is_custom_field(name)]
        if len(fields) > _MOST:
            yield Remark(
                subject.positions.of(fields[_MOST].named_by),
                f"The query fills {len(fields)} custom fields; Zendesk's field permissions work with "
                f"up to {_MOST}. Send those that agents use.",
            )
