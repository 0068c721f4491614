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
