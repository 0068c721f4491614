"""ZD305 malformed-custom-field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.edits import named
from zdpipe.lint.names import (
    custom_field_key_of,
    custom_field_mistake,
    is_meant_custom,
    respelled_custom_field,
)
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.outputs import Output
    from zdpipe.lint.subject import Subject
    from zdpipe.model.finding import Edit


class MalformedCustomField(Rule):
    """A column is meant as a custom field and not written as one.

    ## Why it matters
    A custom field is `user_fields.<key>`: in lower case, with one dot, and a key of letters, digits and
    underscores that is not a number (Zendesk User Fields API). Anything else is a field that Zendesk ignores.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, city AS "user_field.city" FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, city AS "user_fields.city" FROM Customer_360
    ```
    """

    code = "ZD305"
    name = "malformed-custom-field"
    roles = frozenset({Role.QUERY})
    fixable = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look at every name that begins like a custom field's."""
        for name, output in subject.names:
            wrong = custom_field_mistake(name) if is_meant_custom(name) else None
            if wrong:
                key = custom_field_key_of(name)
                cure = f'Write `AS "user_fields.{key}"`.' if key else 'Write `AS "user_fields.city"`, say.'
                yield Remark(
                    subject.positions.of(output.named_by),
                    f"`{name}` is not a custom field: {wrong}. {cure}",
                    _fix(name, output, subject),
                )


def _fix(name: str, output: Output, subject: Subject) -> tuple[Edit, ...]:
    """Mend the prefix, unless another column has or would get that name."""
    right = respelled_custom_field(name)
    if right is None:
        return ()
    taken = (respelled_custom_field(other) or other for other, _ in subject.names)
    if sum(other.casefold() == right.casefold() for other in taken) > 1:
        return ()
    return named(output, name, right, subject)
