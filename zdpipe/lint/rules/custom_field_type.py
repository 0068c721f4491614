"""ZD703 custom-field-type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.accounts import as_read
from zdpipe.lint.rule import Remark, Rule
from zdpipe.lint.types import DATES, FLOATS, INTEGERS, LISTS, NUMBERS, TEXTS, TIMES
from zdpipe.model.fields import custom_field_key, is_custom_field
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


_BOOLEAN = frozenset({exp.DType.BOOLEAN})
_DECIMALS = frozenset(NUMBERS) - frozenset(INTEGERS)
# For each type of custom field, the SQL types that do not fit, and the cure (Zendesk User Fields API).
_MISFITS: dict[str, tuple[frozenset[exp.DType], str]] = {
    "checkbox": (frozenset({*TEXTS, *NUMBERS, *DATES, *TIMES, *LISTS}), "Compare: `… = 'yes'`."),
    "date": (frozenset({*NUMBERS, *_BOOLEAN, *TIMES, *LISTS}), "Cast it to DATE; a time of day is cut off."),
    "decimal": (frozenset({*_BOOLEAN, *DATES, *TIMES, *LISTS}), "Cast it to DECIMAL(10, 2)."),
    "dropdown": (
        frozenset({*NUMBERS, *_BOOLEAN, *DATES, *TIMES, *LISTS}),
        "Send an option's value.",
    ),
    "integer": (frozenset({*_DECIMALS, *FLOATS, *_BOOLEAN, *DATES, *TIMES, *LISTS}), "Cast it to BIGINT."),
    "multiselect": (frozenset({*NUMBERS, *_BOOLEAN, *DATES, *TIMES}), "Send a list of option values."),
    "regexp": (frozenset({*LISTS}), "Send a text."),
    "text": (frozenset({*LISTS}), "Send a text, such as one made with `array_to_string`."),
    "textarea": (frozenset({*LISTS}), "Send a text, such as one made with `array_to_string`."),
}


class CustomFieldType(Rule):
    """A column's type does not fit its custom field's in an account.

    ## Why it matters
    Zendesk checks values by the field's type: a date field takes days, a dropdown its options, a checkbox
    true and false. What does not fit fails the customer, or is cut.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, lifetime_value > 5 AS "user_fields.last_order_date"
    FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, last_order_date AS "user_fields.last_order_date"
    FROM Customer_360
    ```
    """

    code = "ZD703"
    name = "custom-field-type"
    severity = Severity.WARNING
    roles = frozenset({Role.QUERY})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Compare the types of columns and custom fields where both are known."""
        for account in subject.context.accounts.values():
            for name, output, kind in subject.typed:
                field = account.fields.get(custom_field_key(name)) if is_custom_field(name) else None
                misfits, cure = _MISFITS.get(field.type, (frozenset(), "")) if field else (frozenset(), "")
                if field and kind is not None and kind.this in misfits:
                    yield Remark(
                        subject.positions.of(output.item),
                        f"In {as_read(account)} the custom field `{field.key}` is of type {field.type}, "
                        f"and this is a {kind.sql('duckdb')}. {cure}",
                    )
