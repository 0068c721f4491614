"""Ways of joining that Spark has not."""

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
