"""ZD504 rounded-float."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.rule import Remark, Rule
from zdpipe.lint.types import FLOATS
from zdpipe.model.fields import Kind, custom_field_key, is_custom_field
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class RoundedFloat(Rule):
    """A floating-point column will be rounded to two decimals.

    ## Why it matters
    Numbers are sent as DECIMAL(10,2): two decimals, and less than a hundred million. A share such as 0.4237
    arrives as 0.42. `round` in the query says that this is meant, and so does `as = "decimal"` in zdpipe.toml
    or a custom field of type decimal in an account that `zdpipe schema --to` wrote down. A cast to DECIMAL
    says it too, but fails at values such as NaN.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, lifetime_value AS "user_fields.tier"
    FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT
      amperity_id AS external_id,
      full_name AS name,
      round(lifetime_value, 2) AS "user_fields.lifetime_value"
    FROM Customer_360
    ```
    """

    code = "ZD504"
    name = "rounded-float"
    severity = Severity.HINT
    roles = frozenset({Role.QUERY})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look for custom fields whose column is a float that nobody rounded."""
        for name, output, kind in subject.typed:
            if not is_custom_field(name) or kind is None or kind.this not in FLOATS:
                continue
            if isinstance(output.item.unalias(), exp.Round) or _is_decimal(name, subject):
                continue
            yield Remark(
                subject.positions.of(output.item),
                f"`{name}` is a {kind.sql('duckdb')} and will be rounded to two decimals. "
                f'Say so with `round(…, 2)`, or `as = "decimal"` under [fields."{name}"] in zdpipe.toml.',
            )


def _is_decimal(name: str, subject: Subject) -> bool:
    if subject.context.kinds.get(name) is Kind.DECIMAL:
        return True
    fields = (account.fields.get(custom_field_key(name)) for account in subject.context.accounts.values())
    return any(field is not None and field.type == "decimal" for field in fields)
