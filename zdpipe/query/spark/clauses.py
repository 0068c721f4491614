"""Clauses that Spark has not."""

from __future__ import annotations

from sqlglot import exp

from zdpipe.query.spark.unfaithful import Unfaithful


def join(node: exp.Expr) -> exp.Expr:
    """Let through joins by conditions and names."""
    method = node.args.get("method")
    if method and str(method).upper() != "NATURAL":
        raise Unfaithful(f"Spark has no {str(method).upper()} JOIN")
    return node


def alias(node: exp.Expr) -> exp.Expr:
    """Let through names; sqlglot takes POSITIONAL before JOIN for one."""
    name = node.this
    if isinstance(name, exp.Identifier) and not name.quoted and name.name.upper() == "POSITIONAL":
        raise Unfaithful("Spark has no POSITIONAL JOIN")
    return node


def cte(node: exp.Expr) -> exp.Expr:
    """Leave out MATERIALIZED, which changes no result, and which Spark does not know."""
    node.set("materialized", None)
    return node


def distinct(node: exp.Expr) -> exp.Expr:
    """Let through DISTINCT of whole rows.

    sqlglot numbers the rows for ON, by what columns are named in the source: DuckDB goes by the names of the
    output first, as in `SELECT DISTINCT ON (email) lower(email) AS email`.
    """
    if node.args.get("on") is not None:
        raise Unfaithful(
            "Spark has no DISTINCT ON. Use QUALIFY row_number() OVER (PARTITION BY … ORDER BY …) = 1"
        )
    return node


def frame(node: exp.Expr) -> exp.Expr:
    """Let through windows of rows and of ranges."""
    if node.args.get("kind") == "GROUPS":
        raise Unfaithful("Spark has no GROUPS in a window. Use ROWS or RANGE")
    return node


def qualify(node: exp.Expr) -> exp.Expr:
    """Let through QUALIFY where sqlglot's subquery in its stead gives the same.

    That one limits rows before it leaves any out, gives the window as a column beside `*`, and takes names
    for the output's: DuckDB takes the source's first, as in `lower(email) AS email … PARTITION BY email`.
    """
    select = node.parent
    if not isinstance(select, exp.Select):
        return node
    if any(select.args.get(name) for name in ("distinct", "limit", "offset")):
        raise Unfaithful("Spark would apply DISTINCT or LIMIT before it. Put QUALIFY into a CTE")
    if select.is_star:
        raise Unfaithful("Spark would give a column of its own for it. Name the columns instead of *")
    for column in node.find_all(exp.Column):
        if _is_taken(column, select):
            raise Unfaithful(
                f"Spark would take `{column.name}` for the output's column. Put QUALIFY into a CTE, and"
                " change the column behind it"
            )
    return node


def _is_taken(column: exp.Column, select: exp.Select) -> bool:
    """Tell whether an output column of the same name is not just this column."""
    name = column.name.casefold()
    made = next((one.unalias() for one in select.selects if one.alias_or_name.casefold() == name), None)
    if made is None or (isinstance(made, exp.Column) and made.name.casefold() == name):
        return False
    return bool(column.table) or any(one.name.casefold() == name for one in made.find_all(exp.Column))
