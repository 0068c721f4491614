"""ZD106 duplicate-output-column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.outputs import outputs_of
from zdpipe.lint.rule import Remark, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zdpipe.lint.outputs import Output
    from zdpipe.lint.subject import Subject
    from zdpipe.model.finding import Span


class DuplicateOutputColumn(Rule):
    """Two columns of the result have one name.

    ## Why it matters
    A Zendesk user has each field once, so one of the two values would silently win. Names that differ only in
    case are one name to the engine.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, surname AS name FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, surname AS "user_fields.surname" FROM Customer_360
    ```
    """

    code = "ZD106"
    name = "duplicate-output-column"

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Compare the names within each SELECT list."""
        for select in subject.naming_selects:
            yield from self._in_list(outputs_of(select), subject)

    def _in_list(self, outputs: Iterable[Output], subject: Subject) -> Iterator[Remark]:
        first: dict[str, Span] = {}
        for output in outputs:
            if output.name is None:
                continue
            span = subject.positions.of(output.named_by)
            before = first.setdefault(output.name.casefold(), span)
            if before is not span:
                place = f"line {before.line}, column {before.column}"
                yield Remark(
                    span,
                    f"The column `{output.name}` is already there, in {place}. "
                    "Keep one of them, or give this one another name with AS.",
                )
