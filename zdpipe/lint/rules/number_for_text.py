"""ZD501 number-for-text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.rule import Remark, Rule
from zdpipe.lint.types import FLOATS, NUMBERS
from zdpipe.model.fields import PROPERTIES, Kind
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


# Leading zeros and signs mean something in these.
_TEXTS = frozenset({Kind.PHONE, Kind.NAME, Kind.EMAIL})


class NumberForText(Rule):
    """A number stands where Zendesk keeps a text.

    ## Why it matters
    A phone number kept as a number has lost its leading zeros and its plus sign, and nothing brings them
    back: `0151…` becomes `151…`, another number or none. An external_id from a floating-point column reads
    `12.0`.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, CAST(phone AS BIGINT) AS phone FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, phone FROM Customer_360
    ```
    """

    code = "ZD501"
    name = "number-for-text"
    severity = Severity.WARNING
    roles = frozenset({Role.QUERY})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Compare each field's kind with its column's type."""
        for name, output, kind in subject.typed:
            entry = PROPERTIES.get(name)
            if entry is None or kind is None or kind.this not in NUMBERS:
                continue
            if entry.kind in _TEXTS or (name == "external_id" and kind.this in FLOATS):
                yield Remark(
                    subject.positions.of(output.item),
                    f"`{name}` is a text in Zendesk, and this is a {kind.sql('duckdb')}: leading zeros and "
                    "signs are lost. Read the column as text.",
                )
