"""Lists and what is mixed, which Spark reads otherwise."""

from __future__ import annotations

from sqlglot import exp

from zdpipe.query.spark.dates import call
from zdpipe.query.spark.kinds import Kind, kind_of
from zdpipe.query.spark.unfaithful import Unfaithful


def among(node: exp.Expr) -> exp.Expr:
    """Let IN (SELECT …) through where an unknown counts as false anyway: in WHERE and HAVING."""
    if node.args.get("field") is not None:
        raise Unfaithful("Spark has no IN for lists. Use list_contains(list, value)")
    if node.args.get("query") is None:
        return node
    above: exp.Expr | None = node.parent
    if isinstance(above, exp.Not):
        above = above.parent
    while isinstance(above, exp.And | exp.Paren):
        above = above.parent
    if not isinstance(above, exp.Where | exp.Having):
        raise Unfaithful(
            "Spark takes IN (SELECT …) for false where it is unknown. Use EXISTS, or join the rows"
        )
    return node


def contains(node: exp.Expr) -> exp.Expr:
    """Tell whether a value is in a list, also where a null is too."""
    if isinstance(node.expression, exp.Null):
        return exp.cast(exp.null(), exp.DType.BOOLEAN)
    found = exp.Coalesce(this=call("ARRAY_CONTAINS", node.this, node.expression), expressions=[exp.false()])
    asked = exp.or_(
        exp.Is(this=node.this.copy(), expression=exp.null()),
        exp.Is(this=node.expression.copy(), expression=exp.null()),
    )
    return exp.Case(ifs=[exp.If(this=asked, true=exp.null())], default=found)


def item(node: exp.Expr) -> exp.Expr:
    """Take one item of a list, null where there is none; DuckDB counts from 1, sqlglot from 0."""
    index = node.expressions[0]
    is_number = isinstance(index, exp.Literal) and index.name.isdigit()
    if kind_of(node.this) not in {None, Kind.LIST} or len(node.expressions) != 1 or not is_number:
        raise Unfaithful("Spark takes items of lists by a number alone. Use substring for texts")
    return call("TRY_ELEMENT_AT", node.this, exp.Literal.number(int(index.name) + 1))


def unmixed(node: exp.Expr) -> exp.Expr:
    """Refuse texts beside other values: DuckDB makes all of them texts, Spark numbers."""
    kinds = {kind_of(value) for value in _values(node)} - {None, Kind.NULL, Kind.UNKNOWN}
    if Kind.TEXT in kinds and len(kinds) > 1:
        raise Unfaithful("Spark would turn the texts into numbers or dates. Cast the other values to VARCHAR")
    return node


def _values(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Case):
        values = [one.args["true"] for one in node.args["ifs"]]
    elif isinstance(node, exp.If):
        values = [node.args["true"]]
    else:
        values = [node.this, *node.expressions]
    values += [node.args[name] for name in ("default", "false") if node.args.get(name)]
    return values


def together(node: exp.Expr) -> exp.Expr:
    """Let through rows of the same types; of others it is not known here which type they get."""
    if not isinstance(node, exp.SetOperation):
        return node
    pairs = zip(node.left.selects, node.right.selects, strict=False)
    kinds = [{kind_of(one), kind_of(other)} - {None, Kind.NULL} for one, other in pairs]
    if any(len(both) > 1 for both in kinds):
        raise Unfaithful("its parts have columns of different types. Cast them to one")
    if node.args.get("by_name"):
        raise Unfaithful("Spark has no BY NAME")
    return node


def any_value(node: exp.Expr) -> exp.Expr:
    """Take a value that is not null."""
    inner = node.this
    if not isinstance(inner, exp.AnyValue) or isinstance(inner.this, exp.HavingMax | exp.Order):
        raise Unfaithful("Spark does not leave nulls out here")
    return exp.Anonymous(this="ANY_VALUE", expressions=[inner.this, exp.true()])
