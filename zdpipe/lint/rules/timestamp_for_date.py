"""ZD505 timestamp-for-date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.kinds import kind_of
from zdpipe.lint.rule import Remark, Rule
from zdpipe.lint.types import TIMES
from zdpipe.model.fields import Kind
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class TimestampForDate(Rule):
    """A timestamp stands where the project keeps a date.

    ## Why it matters
    With `as = "date"` in zdpipe.toml the time of day is cut off, in UTC. What happened at night may then
    carry the day before or after the one that people remember. A cast in the query says which day is meant.
    Custom fields that are dates in an account are ZD703's.

    ## Bad
    ```sql
    -- zdpipe.toml: [fields."user_fields.birthday"] as = "date"
    SELECT amperity_id AS external_id, full_name AS name,
      CAST(last_order_date AS TIMESTAMP) AS "user_fields.birthday"
    FROM Customer_360
    ```

    ## Good
    ```sql
    -- zdpipe.toml: [fields."user_fields.birthday"] as = "date"
    SELECT amperity_id AS external_id, full_name AS name, last_order_date AS "user_fields.birthday"
    FROM Customer_360
    ```
    """

    code = "ZD505"
    name = "timestamp-for-date"
    severity = Severity.WARNING
    roles = frozenset({Role.QUERY})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Compare each column's type with the kind the project gives it."""
        for name, output, kind in subject.typed:
            if kind is not None and kind.this in TIMES and kind_of(name, subject) is Kind.DATE:
                yield Remark(
                    subject.positions.of(output.item),
                    f"`{name}` is a date in zdpipe.toml, and this is a {kind.sql('duckdb')}: the time of day "
                    "is cut off, in UTC. Say which day is meant, with a cast to DATE.",
                )
