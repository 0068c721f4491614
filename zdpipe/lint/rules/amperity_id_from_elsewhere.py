"""ZD207 amperity-id-from-elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.lineage import origins, source_columns, value_columns
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.fields import NEVER_SENT
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlglot import exp
    from sqlglot.optimizer.scope import Scope

    from zdpipe.lint.scopes import Scopes
    from zdpipe.lint.subject import Subject


class AmperityIdFromElsewhere(Rule):
    """An attribute table's `amperity_id` is not the source's.

    ## Why it matters
    Queries join attribute tables by `amperity_id`. One made from another column joins nobody, or somebody
    else; a source without the column cannot be the source of an attribute table.

    ## Bad
    ```sql
    -- attribute_tables/loyalty.sql
    SELECT email AS amperity_id, phone FROM Customer_360
    ```

    ## Good
    ```sql
    -- attribute_tables/loyalty.sql
    SELECT amperity_id, phone FROM Customer_360
    ```
    """

    code = "ZD207"
    name = "amperity-id-from-elsewhere"
    severity = Severity.WARNING
    roles = frozenset({Role.ATTRIBUTE_TABLE})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Follow `amperity_id` to the columns of the tables it is made from."""
        for name, output in subject.names:
            scope = subject.scopes.by_expression.get(id(output.item.parent_select))
            if name != NEVER_SENT or scope is None:
                continue
            columns = [column.name for column, _ in source_columns(output.item, scope, subject.scopes)]
            if NEVER_SENT in (column.casefold() for column in columns):
                continue
            if columns or not _has_columns(output.item, scope, subject.scopes):
                yield Remark(subject.positions.of(output.item), f"{_made_from(columns)} {_cure(subject)}")


def _has_columns(item: exp.Expr, scope: Scope, scopes: Scopes) -> bool:
    return any(
        column for origin in origins(item, scope, scopes) for column in value_columns(origin.expression)
    )


def _made_from(columns: Sequence[str]) -> str:
    made = ", ".join(f"`{column}`" for column in dict.fromkeys(columns)) or "no column of the source"
    return f"`amperity_id` is made from {made}."


def _cure(subject: Subject) -> str:
    tables = list(subject.scopes.tables())
    known = [subject.catalog.columns(table) for table in tables]
    if tables and all(names is not None and NEVER_SENT not in map(str.casefold, names) for names in known):
        shown = ", ".join(dict.fromkeys(f"`{table.name}`" for table in tables))
        return f"There is none in {shown}. Join a table of the source that has one."
    return "Select the source's own `amperity_id`."
