"""The types that DuckDB gives to arithmetic, where sqlglot says others.

sqlglot takes 1.5 for a DOUBLE, a quotient of DECIMALs for a DECIMAL and every rounded number for a DOUBLE.
tests/query/spark/test_kinds.py asks DuckDB itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

_WIDER = (exp.DType.DOUBLE, exp.DType.FLOAT, exp.DType.DECIMAL, exp.DType.BIGINT)
_TEXTS = (
    exp.Left,
    exp.Pad,
    exp.RegexpExtract,
    exp.RegexpReplace,
    exp.Replace,
    exp.Right,
    exp.SplitPart,
)
_ZONED = frozenset({exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMPLTZ})
_NAIVE = frozenset({exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ, exp.DType.DATETIME})


def metadata() -> dict[Any, Any]:
    """Return what sqlglot's `annotate_types` takes as its rules of types."""
    corrected: dict[type[exp.Expr], Callable[[exp.Expr], exp.DType]] = {
        exp.Literal: _literal,
        exp.Div: _quotient,
        exp.IntDiv: _whole_quotient,
        exp.Floor: _floor,
        exp.Ceil: _floor,
        exp.Median: lambda _: exp.DType.DOUBLE,
        exp.Round: lambda node: _one(node.this),
        exp.Extract: _extract,
        exp.UnixToTime: _moment,
        **dict.fromkeys((exp.Add, exp.Sub), _sum),
        **dict.fromkeys(_TEXTS, lambda _: exp.DType.VARCHAR),
        **dict.fromkeys((exp.Mul, exp.Mod), lambda node: _together((node.this, node.expression))),
        **dict.fromkeys((exp.Coalesce, exp.Greatest, exp.Least), lambda node: _together(_all(node))),
        exp.Nullif: lambda node: _one(node.this),
        exp.Case: lambda node: _together([*(one.args["true"] for one in node.args["ifs"]), *_other(node)]),
        exp.If: lambda node: _together([node.args["true"], *_other(node)]),
    }
    return {**DuckDB.EXPRESSION_METADATA, **{kind: _rule(say) for kind, say in corrected.items()}}


def _rule(say: Callable[[exp.Expr], exp.DType]) -> dict[str, Any]:
    return {"annotator": lambda annotator, node: annotator._set_type(node, say(node))}


def _one(node: exp.Expr | None) -> exp.DType:
    kind = node.type if node is not None else None
    if not isinstance(kind, exp.DataType):
        return exp.DType.UNKNOWN
    return exp.DType.VARCHAR if kind.this in exp.DataType.TEXT_TYPES else kind.this


def _together(nodes: Iterable[exp.Expr | None]) -> exp.DType:
    """Return the type that values of several have in common; nulls have all."""
    kinds = {_one(node) for node in nodes if not isinstance(node, exp.Null | None)} - {exp.DType.NULL}
    if len(kinds) == 1:
        return kinds.pop()
    if kinds <= exp.DataType.NUMERIC_TYPES:
        widened = {exp.DType.BIGINT if kind in exp.DataType.INTEGER_TYPES else kind for kind in kinds}
        return next((kind for kind in _WIDER if kind in widened), exp.DType.UNKNOWN)
    if kinds <= {exp.DType.DATE, *_NAIVE}:
        return exp.DType.TIMESTAMP
    return exp.DType.UNKNOWN


def _all(node: exp.Expr) -> list[exp.Expr]:
    return [node.this, *node.expressions]


def _other(node: exp.Expr) -> list[exp.Expr]:
    return [node.args[name] for name in ("default", "false") if node.args.get(name) is not None]


def _literal(node: exp.Expr) -> exp.DType:
    if node.args.get("is_string"):
        return exp.DType.VARCHAR
    if node.name.isdigit():
        return exp.DType.INT
    return exp.DType.DOUBLE if "e" in node.name.lower() else exp.DType.DECIMAL


def _quotient(node: exp.Expr) -> exp.DType:
    return exp.DType.FLOAT if _together((node.this, node.expression)) is exp.DType.FLOAT else exp.DType.DOUBLE


def _whole_quotient(node: exp.Expr) -> exp.DType:
    made = _together((node.this, node.expression))
    return made if made in exp.DataType.INTEGER_TYPES else exp.DType.DOUBLE


def _floor(node: exp.Expr) -> exp.DType:
    return exp.DType.DECIMAL if _one(node.this) is exp.DType.DECIMAL else exp.DType.DOUBLE


def _sum(node: exp.Expr) -> exp.DType:
    left, right = _one(node.this), _one(node.expression)
    kinds = {left, right}
    if exp.DType.INTERVAL in kinds:
        return _with_interval(kinds - {exp.DType.INTERVAL})
    if exp.DType.DATE in kinds and kinds & exp.DataType.INTEGER_TYPES:
        return exp.DType.DATE
    if isinstance(node, exp.Sub) and kinds == {exp.DType.DATE}:
        return exp.DType.BIGINT
    if isinstance(node, exp.Sub) and kinds <= {exp.DType.DATE, *_NAIVE, *_ZONED}:
        return exp.DType.INTERVAL
    return _together((node.this, node.expression))


def _with_interval(others: set[exp.DType]) -> exp.DType:
    if others <= {exp.DType.DATE, *_NAIVE} and others:
        return exp.DType.TIMESTAMP
    if others and others <= _ZONED:
        return exp.DType.TIMESTAMPTZ
    return exp.DType.INTERVAL if not others else exp.DType.UNKNOWN


def _extract(node: exp.Expr) -> exp.DType:
    return exp.DType.DOUBLE if node.this.name.upper() in {"EPOCH", "JULIAN"} else exp.DType.BIGINT


def _moment(node: exp.Expr) -> exp.DType:
    return exp.DType.TIMESTAMP if node.args.get("scale") else exp.DType.TIMESTAMPTZ
