"""ZD306 wrong-case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.edits import named
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.fields import NEVER_SENT, PROPERTIES
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class WrongCase(Rule):
    """A column has a field's name in another case.

    ## Why it matters
    SQL does not mind the case of a name, and JSON does: Zendesk ignores `Email`.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, email AS Email FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, email AS email FROM Customer_360
    ```
    """

    code = "ZD306"
    name = "wrong-case"
    roles = frozenset({Role.QUERY})
    fixable = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look for names that would be Zendesk's in lower case."""
        for name, output in subject.names:
            right = name.lower()
            if name != right and (right in PROPERTIES or right == NEVER_SENT):
                yield Remark(
                    subject.positions.of(output.named_by),
                    f"Zendesk's field is `{right}`, not `{name}`. Write `AS {right}`.",
                    named(output, name, right, subject),
                )
