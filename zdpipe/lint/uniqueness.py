"""Which relations have one row for each customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from zdpipe.lint.subject import Subject

# Amperity documentation: tables that have one row for each Amperity ID.
_ONE_ROW_TABLES = frozenset({"customer_360", "customer360", "customer_attributes", "merged_customers"})


def has_one_row_a_customer(relation: exp.Expr, subject: Subject) -> bool:
    """Tell whether a relation surely, or by the promise of its name, repeats no customer.

    CTEs and subqueries are trusted to have been made for their place.
    """
    if not isinstance(relation, exp.Table) or not isinstance(relation.this, exp.Identifier):
        return True
    if subject.catalog.attribute_table(relation) is not None or relation.name.casefold() in _ONE_ROW_TABLES:
        return True
    return not any(relation is table for table in subject.scopes.tables())
