"""Which relations have one row for each customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from zdpipe.lint.subject import Subject

# Amperity documentation: tables that have one row for each Amperity ID.
_ONE_ROW_TABLES = frozenset({"customer_360", "customer360", "customer_attributes", "merged_customers"})


_DEEPEST = 20  # CTEs within each other
# What can leave one row of several.
_REDUCERS = ("group", "distinct", "qualify", "where", "having", "limit", "joins", "laterals")


def has_one_row_a_customer(relation: exp.Expr, subject: Subject, depth: int = 0) -> bool:
    """Tell whether a relation surely, or by the promise of its name, repeats no customer.

    CTEs and subqueries are trusted to have been made for their place, unless all they do is to name columns
    of a table that may repeat one.
    """
    made = _made_here(relation)
    if made is not None:
        source = made.args.get("from_")
        if depth > _DEEPEST or source is None or not _passes_every_row(made):
            return True
        return has_one_row_a_customer(source.this, subject, depth + 1)
    if not isinstance(relation, exp.Table) or not isinstance(relation.this, exp.Identifier):
        return True
    if subject.catalog.attribute_table(relation) is not None or relation.name.casefold() in _ONE_ROW_TABLES:
        return True
    return not any(relation is table for table in subject.scopes.tables())


def _made_here(relation: exp.Expr) -> exp.Select | None:
    """Return the SELECT of a subquery, or of the CTE that a table's name stands for."""
    if isinstance(relation, exp.Subquery):
        made = relation.unnest()
        return made if isinstance(made, exp.Select) and not relation.args.get("pivots") else None
    if not isinstance(relation, exp.Table) or len(relation.parts) != 1 or relation.args.get("pivots"):
        return None
    around = relation.parent
    while around is not None:
        listed = around.args.get("with_")
        for cte in listed.expressions if listed is not None else ():
            if cte.alias.casefold() == relation.name.casefold():
                return cte.this if isinstance(cte.this, exp.Select) else None
        around = around.parent
    return None


def _passes_every_row(select: exp.Select) -> bool:
    if any(select.args.get(key) for key in _REDUCERS):
        return False
    aggregates = (node for item in select.expressions for node in item.find_all(exp.AggFunc))
    return all(node.find_ancestor(exp.Window, exp.Subquery) for node in aggregates)
