"""ZD502 text-for-boolean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.edits import identifier
from zdpipe.lint.kinds import kind_of
from zdpipe.lint.rule import Remark, Rule
from zdpipe.lint.types import TEXTS
from zdpipe.model.fields import Kind
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class TextForBoolean(Rule):
    """A text stands where Zendesk, or the project, keeps true or false.

    ## Why it matters
    Whether `Y`, `yes` or `1` means true is then a guess for every row, and what is not understood is left out
    with a warning. A comparison says it once. Fields with `as = "boolean"` in zdpipe.toml count too.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, loyalty_tier AS verified FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, loyalty_tier = 'gold' AS verified FROM Customer_360
    ```
    """

    code = "ZD502"
    name = "text-for-boolean"
    severity = Severity.WARNING
    roles = frozenset({Role.QUERY})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Compare each field's kind with its column's type."""
        for name, output, kind in subject.typed:
            if kind_of(name, subject) is not Kind.BOOLEAN or kind is None or kind.this not in TEXTS:
                continue
            where = "zdpipe.toml" if name in subject.context.kinds else "Zendesk"
            shown = identifier(name, subject.query.dialect)
            yield Remark(
                subject.positions.of(output.item),
                f"`{name}` is true or false in {where}, and this is a text. "
                f"Compare it: `… = 'yes' AS {shown}`.",
            )
