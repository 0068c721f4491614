"""ZD503 unsendable-type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.rule import Remark, Rule
from zdpipe.lint.types import BYTES, LISTS, SHAPELESS
from zdpipe.model.fields import PROPERTIES, Kind, is_custom_field
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class UnsendableType(Rule):
    """A column is a list, a struct, a map or bytes, which no field of Zendesk takes.

    ## Why it matters
    Zendesk's fields hold single values: texts, numbers, dates, true and false. Only `tags` and multiselect
    fields take a list of texts. Anything else would be refused or stored as a text nobody can use.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, {'city': city, 'state': state} AS details
    FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, concat_ws(', ', city, state) AS details
    FROM Customer_360
    ```
    """

    code = "ZD503"
    name = "unsendable-type"
    roles = frozenset({Role.QUERY})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look at the type of each column that is a field."""
        for name, output, kind in subject.typed:
            if kind is None or not (is_custom_field(name) or name in PROPERTIES):
                continue
            if kind.this in SHAPELESS or (kind.this in LISTS and not _takes_lists(name)):
                yield Remark(
                    subject.positions.of(output.item),
                    f"`{name}` would be of type {kind.sql('duckdb')}, which Zendesk cannot take. "
                    f"{_cure(kind)}",
                )


def _cure(kind: exp.DataType) -> str:
    if kind.this in LISTS:
        return "Send one text, such as `array_to_string(…, ', ')`."
    if kind.this is exp.DType.INTERVAL:
        return "Send a number, such as `date_part('day', …)`."
    if kind.this in BYTES:
        return "Send a text, such as `hex(…)`."
    return "Send one of its values, or a text made of them with `concat_ws`."


def _takes_lists(name: str) -> bool:
    # Whether a custom field is a multiselect only its account can tell.
    return is_custom_field(name) or PROPERTIES[name].kind is Kind.TEXT_LIST
