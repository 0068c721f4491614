"""ZD105 unaliased-expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.names import slug
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.fields import is_sendable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.outputs import Output
    from zdpipe.lint.subject import Subject


class UnaliasedExpression(Rule):
    """An expression in the result has no name.

    ## Why it matters
    The name of an output column says which field of the Zendesk user it becomes. The name an engine makes up
    for an expression differs from engine to engine, and names no field.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, LOWER(full_name), email FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, LOWER(full_name) AS name, email FROM Customer_360
    ```
    """

    code = "ZD105"
    name = "unaliased-expression"
    textual = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look for items that are neither a plain column nor named with AS."""
        for output in subject.outputs:
            if output.name is None and not output.is_star:
                span = subject.positions.of(output.item)
                shown = _shortened(subject.positions.text_of(span))
                yield Remark(
                    span,
                    f"This expression has no name. Write `{shown} AS {_meant(output, subject)}`, "
                    "or which field it is to be.",
                )


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 40 else f"{words[:37]}…"


def _meant(output: Output, subject: Subject) -> str:
    """Return a name that fits: that of a column in it if Zendesk knows it, else the one that is missing."""
    columns = [column.name.lower() for column in output.item.find_all(exp.Column)]
    sendable = [name for name in columns if is_sendable(name)]
    free = [name for name in (*sendable, "name") if not subject.has_column(name)]
    if free:
        return free[0]
    return f'"user_fields.{next(filter(None, map(slug, columns)), "key")}"'
