"""CAST and TRY_CAST, by the kinds of what they turn into what."""

from __future__ import annotations

import re

from sqlglot import exp

from zdpipe.query.spark.kinds import NUMBERS, Kind, kind_named, kind_of, with_kind
from zdpipe.query.spark.numbers import refuse_no_number, rounded
from zdpipe.query.spark.texts import check_text
from zdpipe.query.spark.unfaithful import Unfaithful

_WHOLE = frozenset({exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT})
_DAYS = frozenset({Kind.DATE, Kind.TIMESTAMP, Kind.ZONED})
_FROM_TEXT = frozenset({Kind.BOOLEAN, Kind.DECIMAL, Kind.DOUBLE, Kind.FLOAT, Kind.TEXT})
# Digits of the number that a text is read as before it is rounded.
_DIGITS = "DECIMAL(38, 10)"
_DAY = r"\d{4}-\d{2}-\d{2}"
_LITERALS = {
    Kind.DATE: re.compile(_DAY),
    Kind.TIMESTAMP: re.compile(rf"{_DAY}(?:[ T]\d{{2}}:\d{{2}}:\d{{2}}(?:\.\d{{1,6}})?)?"),
    Kind.ZONED: re.compile(
        rf"{_DAY}[ T]\d{{2}}:\d{{2}}:\d{{2}}(?:\.\d{{1,6}})?(?:Z|[+-]\d{{2}}(?::\d{{2}})?)?"
    ),
}


def cast(node: exp.Expr) -> exp.Expr:
    """Return a cast that rounds and reads as DuckDB's does."""
    to = kind_named(node.args["to"])
    value = node.this
    if to is Kind.OTHER or to is Kind.LIST or (to is Kind.INTEGER and node.args["to"].this not in _WHOLE):
        raise Unfaithful(f"Spark has no such type as {node.args['to'].sql(dialect='duckdb')}")
    if kind_of(value) is Kind.NULL:
        return node
    if to is Kind.TEXT:
        check_text(value)
    elif to in _DAYS:
        _check_day(value, to)
    elif kind_of(value) is Kind.TEXT and to is not Kind.INTEGER:
        _check_readable(to)
    elif kind_of(value) not in {None, Kind.BOOLEAN, Kind.TEXT, *NUMBERS}:
        raise Unfaithful(f"Spark makes another {to} of a value of type {kind_of(value)}")
    else:
        node.set("this", _number(node, value, to))
    return node


def _check_readable(to: Kind) -> None:
    if to not in _FROM_TEXT:
        raise Unfaithful(f"Spark reads texts as {to} otherwise")


def _check_day(value: exp.Expr, to: Kind) -> None:
    kind = kind_of(value)
    if isinstance(value, exp.Literal) and value.is_string:
        if not _LITERALS[to].fullmatch(value.name):
            raise Unfaithful("Spark may read this otherwise. Write it as 2024-12-31, or 2024-12-31 23:59:59")
    elif kind is Kind.TEXT:
        raise Unfaithful(
            "Spark takes other texts for dates. Say how they are written: try_strptime(text, '%Y-%m-%d')"
        )
    elif kind not in {None, *_DAYS}:
        raise Unfaithful(f"Spark makes another {to} of a value of type {kind}")


def _number(node: exp.Expr, value: exp.Expr, to: Kind) -> exp.Expr:
    kind = kind_of(value)
    if to is Kind.INTEGER:
        match kind:
            case Kind.DECIMAL:
                return exp.Anonymous(this="ROUND", expressions=[value])
            case Kind.DOUBLE | Kind.FLOAT:
                return exp.Anonymous(this="RINT", expressions=[value])
            case Kind.TEXT:
                number = type(node)(this=value, to=exp.DataType.build(_DIGITS), safe=node.args.get("safe"))
                return exp.Anonymous(this="ROUND", expressions=[number])
    if to is Kind.DECIMAL and kind in {Kind.DOUBLE, Kind.FLOAT}:
        parts = node.args["to"].expressions
        digits = int(parts[1].name) if len(parts) > 1 else 0 if parts else 3
        made = rounded(value, digits, "ROUND")
        return made if isinstance(node, exp.TryCast) else refuse_no_number(value, made)
    return with_kind(value, kind) if kind else value
