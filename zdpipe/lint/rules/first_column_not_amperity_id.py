"""ZD201 first-column-not-amperity-id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.edits import named
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.fields import NEVER_SENT
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class FirstColumnNotAmperityId(Rule):
    """An attribute table does not begin with `amperity_id`.

    ## Why it matters
    An attribute table says something about each customer, and `amperity_id` is the customer. Amperity expects
    it as the first column (Amperity documentation, "Use an attributes table").

    ## Bad
    ```sql
    -- attribute_tables/loyalty.sql
    SELECT email, amperity_id FROM Customer_360
    ```

    ## Good
    ```sql
    -- attribute_tables/loyalty.sql
    SELECT amperity_id, email FROM Customer_360
    ```
    """

    code = "ZD201"
    name = "first-column-not-amperity-id"
    roles = frozenset({Role.ATTRIBUTE_TABLE})
    fixable = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look at the first item of the list."""
        if not subject.names or subject.outputs[0].name is None:
            return
        name, output = subject.names[0]
        if name != NEVER_SENT:
            is_spelled_otherwise = name.lower() == NEVER_SENT
            yield Remark(
                subject.positions.of(output.named_by),
                f"The first column of an attribute table is `amperity_id`, and this is `{name}`. "
                f"{_cure(is_spelled_otherwise, subject)}.",
                named(output, name, NEVER_SENT, subject) if is_spelled_otherwise else (),
            )


def _cure(is_spelled_otherwise: bool, subject: Subject) -> str:
    if is_spelled_otherwise:
        return "Write `AS amperity_id`"
    return "Move it to the front" if subject.has_column(NEVER_SENT) else "Add it as the first column"
