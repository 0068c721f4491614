"""ZD307 external-id-not-amperity-id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.lineage import items_named, origins, source_columns, value_columns
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.fields import NEVER_SENT
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlglot.optimizer.scope import Scope

    from zdpipe.lint.catalog import Catalog
    from zdpipe.lint.scopes import Scopes
    from zdpipe.lint.subject import Subject

# Attribute tables may read each other, by mistake in a circle.
_DEEPEST = 20


class ExternalIdNotAmperityId(Rule):
    """The external_id does not come from `amperity_id`, although the source has one.

    ## Why it matters
    The Amperity ID is what stays with a customer when names and addresses change. A key made from something
    else, such as an email address, makes another user in Zendesk whenever that changes.

    ## Bad
    ```sql
    SELECT email AS external_id, full_name AS name FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name FROM Customer_360
    ```
    """

    code = "ZD307"
    name = "external-id-not-amperity-id"
    severity = Severity.WARNING
    roles = frozenset({Role.QUERY})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Follow `external_id` to the columns of the tables it is made from."""
        for name, output in subject.names:
            scope = subject.scopes.by_expression.get(id(output.item.parent_select))
            if (
                name != "external_id"
                or scope is None
                or _is_keyed(output.item, scope, subject.scopes, subject.catalog)
            ):
                continue
            yield Remark(
                subject.positions.of(output.item),
                "`external_id` is not made from `amperity_id`, the key that stays with a customer. "
                "Write `amperity_id AS external_id`.",
            )


def _is_keyed(item: exp.Expr, scope: Scope, scopes: Scopes, catalog: Catalog, depth: int = 0) -> bool:
    """Tell whether a key is the Amperity ID, or whether that cannot be judged."""
    columns = list(source_columns(item, scope, scopes))
    if not columns or depth > _DEEPEST:
        unexplained = any(
            column for origin in origins(item, scope, scopes) for column in value_columns(origin.expression)
        )
        return unexplained or not _has_amperity_id(scopes.tables(), catalog)
    if any(_is_amperity_id(column, table, catalog, depth) for column, table in columns):
        return True
    return not _has_amperity_id((table for _, table in columns), catalog)


def _has_amperity_id(tables: Iterable[exp.Table], catalog: Catalog) -> bool:
    return any(NEVER_SENT in (name.casefold() for name in catalog.columns(table) or ()) for table in tables)


def _is_amperity_id(column: exp.Column, table: exp.Table, catalog: Catalog, depth: int) -> bool:
    if column.name.casefold() == NEVER_SENT:
        return True
    key = catalog.attribute_table(table)
    scopes = catalog.attribute_scopes(key) if key is not None else None
    if scopes is None or scopes.root is None:
        return False
    made = items_named(column.name, scopes.root, scopes)
    return any(_is_keyed(one.expression, one.scope, scopes, catalog, depth + 1) for one in made)
