"""ZD108 unknown-column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.nearest import did_you_mean
from zdpipe.lint.resolve import misses
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.fields import CUSTOM_FIELD_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

    from zdpipe.lint.resolve import Miss
    from zdpipe.lint.subject import Subject


class UnknownColumn(Rule):
    """A column is in none of the tables in sight.

    ## Why it matters
    The engine would refuse the query. CTEs, subqueries, joins and attribute tables are followed to the
    source's columns as schema.json has them. Where columns cannot be known for sure, as with table functions,
    UNNEST, LATERAL and PIVOT, this rule says nothing; nor does it without schema.json.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, emial AS email FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, email FROM Customer_360
    ```
    """

    code = "ZD108"
    name = "unknown-column"

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Resolve each column from the innermost scope outward."""
        if not subject.catalog.has_schema:
            return
        for column, miss in misses(subject.scopes):
            if miss.is_table:
                yield Remark(subject.positions.of(column.args["table"]), _no_table(column, miss))
            else:
                yield Remark(subject.positions.of(column.this), _no_column(column, miss))


def _no_table(column: exp.Column, miss: Miss) -> str:
    if f"{column.table.lower()}." == CUSTOM_FIELD_PREFIX:
        return (
            f'A custom field is a column\'s new name. Write `{column.name} AS "user_fields.{column.name}"`.'
        )
    cure = did_you_mean(column.table, miss.known) or " Write the alias that FROM gives."
    return f"There is no table or alias `{column.table}` here.{cure}"


def _no_column(column: exp.Column, miss: Miss) -> str:
    where = f" in `{column.table}`" if column.table else " in the tables read here"
    cure = did_you_mean(column.name, miss.known) or _listed(miss.known)
    return f"There is no column `{column.name}`{where}.{cure}"


def _listed(known: tuple[str, ...]) -> str:
    shown = ", ".join(known[:8])
    return f" There are {shown}{', …' if len(known) > 8 else ''}." if known else " Add the table with FROM."
