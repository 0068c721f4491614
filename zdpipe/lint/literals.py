"""The literals that can become the value of an expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Iterator


def literal_values(expression: exp.Expr) -> Iterator[exp.Literal]:
    """Yield each literal that may be the value as it stands, through CASE, IF, COALESCE, lists and casts."""
    pending: list[exp.Expr | None] = [expression]
    while pending:
        node = pending.pop()
        if isinstance(node, exp.Literal):
            yield node
        elif isinstance(node, exp.Alias | exp.Paren | exp.Cast | exp.TryCast):
            pending.append(node.this)
        elif isinstance(node, exp.Case):
            pending += [node.args.get("default"), *(branch.args.get("true") for branch in node.args["ifs"])]
        elif isinstance(node, exp.If):
            pending += [node.args.get("false"), node.args.get("true")]
        elif isinstance(node, exp.Coalesce):
            pending += [*reversed(node.expressions), node.this]
        elif isinstance(node, exp.Array):
            pending += reversed(node.expressions)
