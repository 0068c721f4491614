"""Arithmetic that Spark rounds, types or refuses otherwise."""

from __future__ import annotations

from sqlglot import exp

from zdpipe.query.spark.dates import call
from zdpipe.query.spark.kinds import Kind, kind_of, with_kind
from zdpipe.query.spark.unfaithful import Unfaithful

_UNKNOWN = "what it gives depends on a type that is not known here. Cast the value first"
# Both sides of a division stand there twice, and so do the divisions in them.
_MOST_DIVISIONS = 100
_WHOLE = frozenset({Kind.BOOLEAN, Kind.INTEGER})


def divide(node: exp.Expr) -> exp.Expr:
    """Divide as DOUBLE; what is divided by 0 is infinite, or no number at all."""
    left, right = node.this, node.expression
    if Kind.FLOAT in {kind_of(left), kind_of(right)}:
        raise Unfaithful("Spark divides FLOATs with another precision. Cast both sides to DOUBLE")
    if sum(1 for _ in node.find_all(exp.Div)) > _MOST_DIVISIONS:
        raise Unfaithful("it divides what is divided too often. Use a CTE in between")
    above = exp.cast(left, exp.DType.DOUBLE)
    quotient = exp.Div(this=above, expression=right, typed=False, safe=False)
    if isinstance(right, exp.Literal) and float(right.name) != 0:
        return with_kind(exp.paren(quotient, copy=False), Kind.DOUBLE)
    sign = exp.Anonymous(this="SIGN", expressions=[above.copy()])
    endless = exp.cast(exp.Literal.string("Infinity"), exp.DType.DOUBLE)
    is_zero = exp.EQ(this=right.copy(), expression=exp.Literal.number(0))
    by_zero = exp.Mul(this=sign, expression=endless)
    made = exp.Case(ifs=[exp.If(this=is_zero, true=by_zero)], default=quotient)
    return with_kind(made, Kind.DOUBLE)


def divide_whole(node: exp.Expr) -> exp.Expr:
    """Divide whole numbers; of others DuckDB's // gives fractions."""
    for side in (node.this, node.expression):
        if kind_of(side) not in {None, *_WHOLE}:
            raise Unfaithful("Spark's DIV gives whole numbers of all types. Cast both sides to BIGINT")
    return node


def average(node: exp.Expr) -> exp.Expr:
    """Divide the sum of DECIMALs as DOUBLE, which they are averaged as in DuckDB; Spark keeps seven digits.

    The node is all that belongs to an aggregate: itself, its FILTER, its OVER.
    """
    inner = _innermost(node)
    if isinstance(node, exp.Window) and isinstance(inner.this, exp.Distinct):
        raise Unfaithful("Spark's OVER takes no DISTINCT")
    if not isinstance(inner, exp.Avg) or isinstance(node.parent, exp.Filter | exp.Window):
        return node
    values = inner.this.expressions[0] if isinstance(inner.this, exp.Distinct) else inner.this
    _known(values)
    if kind_of(values) is not Kind.DECIMAL:
        return with_kind(exp.cast(node, exp.DType.DOUBLE), Kind.DOUBLE)
    total = exp.cast(_with_innermost(node, exp.Sum), exp.DType.DOUBLE)
    rows = exp.Nullif(this=_with_innermost(node, exp.Count), expression=exp.Literal.number(0))
    return with_kind(exp.paren(exp.Div(this=total, expression=rows), copy=False), Kind.DOUBLE)


def _innermost(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Filter | exp.Window | exp.IgnoreNulls | exp.RespectNulls):
        node = node.this
    return node


def _with_innermost(node: exp.Expr, aggregate: type[exp.AggFunc]) -> exp.Expr:
    made = node.copy()
    inner = _innermost(made)
    other = aggregate(this=inner.this)
    if inner is made:
        return other
    inner.replace(other)
    return made


def median(node: exp.Expr) -> exp.Expr:
    """Let through numbers whose middle is a DOUBLE in both."""
    if kind_of(node.this) not in {None, Kind.INTEGER, Kind.DOUBLE}:
        raise Unfaithful("Spark's median is of another type. Cast the value to DOUBLE")
    return with_kind(node, Kind.DOUBLE)


def floor_ceil(node: exp.Expr) -> exp.Expr:
    """Make a DOUBLE of it, as DuckDB does of all but DECIMALs."""
    _known(node.this)
    if kind_of(node.this) is Kind.DECIMAL:
        return with_kind(node, Kind.DECIMAL)
    # Spark gives whole numbers, which endless ones and NaN do not fit; the large ones have no fractions.
    has_fractions = exp.LT(this=call("ABS", node.this), expression=exp.Literal.number("9e15"))
    made = exp.cast(node, exp.DType.DOUBLE)
    return with_kind(
        exp.Case(ifs=[exp.If(this=has_fractions, true=made)], default=node.this.copy()), Kind.DOUBLE
    )


def round_(node: exp.Expr) -> exp.Expr:
    """Round DOUBLEs after a multiplication, as DuckDB does; Spark rounds the number's shortest text."""
    _known(node.this)
    decimals = node.args.get("decimals")
    if decimals is not None and not (isinstance(decimals, exp.Literal) and decimals.name.isdigit()):
        raise Unfaithful("Spark rounds to digits that are written as a number alone")
    if kind_of(node.this) not in {Kind.DOUBLE, Kind.FLOAT} or decimals is None:
        return node  # Spark's number of it is of the same type
    return rounded(node.this, int(decimals.name), "ROUND")


def rounded(value: exp.Expr, digits: int, how: str) -> exp.Expr:
    """Return a DOUBLE rounded to so many decimals by a function that rounds to whole numbers."""
    scale = exp.Anonymous(this="DOUBLE", expressions=[exp.Literal.number(10**digits)])
    whole = exp.Anonymous(this=how, expressions=[exp.Mul(this=exp.paren(value), expression=scale)])
    return with_kind(exp.paren(exp.Div(this=whole, expression=scale.copy()), copy=False), Kind.DOUBLE)


def logarithm(node: exp.Expr) -> exp.Expr:
    """Give what is infinite or no number for 0 and below, of which Spark makes nulls."""
    zero = exp.Literal.number(0)
    endless, none = (exp.cast(exp.Literal.string(word), exp.DType.DOUBLE) for word in ("-Infinity", "NaN"))
    is_zero = exp.If(this=exp.EQ(this=node.this.copy(), expression=zero), true=endless)
    is_below = exp.If(this=exp.LT(this=node.this.copy(), expression=zero.copy()), true=none)
    return with_kind(exp.Case(ifs=[is_zero, is_below], default=node.copy()), Kind.DOUBLE)


def refuse_no_number(value: exp.Expr, made: exp.Expr) -> exp.Expr:
    """Let what is endless or NaN stop the query, as a cast in DuckDB does."""
    endless = exp.cast(exp.Literal.string("Infinity"), exp.DType.DOUBLE)
    is_endless = exp.EQ(this=call("ABS", value), expression=endless)
    words = exp.Literal.string("A DOUBLE that is no number cannot be cast to DECIMAL.")
    stop = exp.If(this=exp.or_(call("ISNAN", value), is_endless), true=call("RAISE_ERROR", words))
    return exp.Case(ifs=[stop], default=made)


def sign(node: exp.Expr) -> exp.Expr:
    """Make a whole number of it, 0 of NaN."""
    is_none = exp.If(this=call("ISNAN", node.this), true=exp.Literal.number(0))
    made = exp.Case(ifs=[is_none], default=exp.cast(node, exp.DType.INT))
    return with_kind(made, Kind.INTEGER)


def _known(node: exp.Expr) -> None:
    if kind_of(node) is Kind.UNKNOWN:
        raise Unfaithful(_UNKNOWN)
