"""Dates and times, which Spark types, counts and formats otherwise."""

from __future__ import annotations

import re

from sqlglot import exp

from zdpipe.query.spark.kinds import Kind, kind_of, with_kind
from zdpipe.query.spark.unfaithful import Unfaithful

_UNKNOWN = "what it gives depends on a type that is not known here. Cast the value to DATE or TIMESTAMP first"
_TRUNCATED = frozenset({"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND"})
_PARTS = {
    "YEAR": "YEAR",
    "QUARTER": "QUARTER",
    "MONTH": "MONTH",
    "WEEK": "WEEKOFYEAR",
    "DAY": "DAY",
    "DOY": "DAYOFYEAR",
    "DAYOFYEAR": "DAYOFYEAR",
    "HOUR": "HOUR",
    "MINUTE": "MINUTE",
    "SECOND": "SECOND",
}
_UNITS = frozenset({"YEAR", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND"})
_WRITTEN = {
    "%Y": "yyyy", "%m": "MM", "%d": "dd", "%H": "HH", "%M": "mm", "%S": "ss", "%y": "yy", "%B": "MMMM",
    "%b": "MMM", "%A": "EEEE", "%a": "EEE", "%-d": "d", "%-m": "M", "%p": "a", "%I": "hh", "%f": "SSSSSS",
}  # fmt: skip
_READ = {"%Y": "yyyy", "%m": "M", "%d": "d", "%H": "H", "%M": "m", "%S": "s"}
_PART = re.compile(r"%-?[A-Za-z]|'|[^%']+|%")


def plus(node: exp.Expr) -> exp.Expr:
    """Add to dates, and take one from another, as DuckDB does: a DATE and an INTERVAL give a TIMESTAMP."""
    sides = (node.this, node.expression)
    kinds = tuple(kind_of(side) for side in sides)
    if any(isinstance(side, exp.Interval) or kind_of(side) is Kind.INTERVAL for side in sides):
        return _with_interval(node, *kinds)
    if isinstance(node, exp.Sub) and set(kinds) == {Kind.DATE}:
        return with_kind(call("DATEDIFF", *sides), Kind.INTEGER)
    if isinstance(node, exp.Sub) and set(kinds) <= {Kind.DATE, Kind.TIMESTAMP, Kind.ZONED}:
        raise Unfaithful("Spark's intervals are of another kind. Use date_diff('day', a, b)")
    if Kind.TEXT in kinds:
        raise Unfaithful("Spark makes a number of a text by itself. Cast it")
    return node


def _with_interval(node: exp.Expr, left: Kind | None, right: Kind | None) -> exp.Expr:
    kinds = {left, right} - {Kind.INTERVAL}
    if Kind.DATE in kinds:
        return with_kind(exp.cast(node, "TIMESTAMP_NTZ", dialect="spark"), Kind.TIMESTAMP)
    if not kinds & {None, Kind.TIMESTAMP, Kind.ZONED}:
        raise Unfaithful(_UNKNOWN)
    return node


def interval(node: exp.Expr) -> exp.Expr:
    """Let through intervals of a number that is written out, of one unit."""
    unit = node.args.get("unit")
    number = node.this
    is_plain = isinstance(number, exp.Literal) and re.fullmatch(r"-?\d+", number.name)
    if not is_plain or unit is None or unit.name.upper().rstrip("S") not in _UNITS:
        raise Unfaithful("Spark takes intervals of one number and one unit alone, such as INTERVAL 3 DAY")
    return node


def truncate(node: exp.Expr) -> exp.Expr:
    """Make a TIMESTAMP of it, as DuckDB does of all but those with a zone."""
    unit = node.args["unit"].name.upper()
    if unit not in _TRUNCATED:
        raise Unfaithful(f"Spark does not truncate to {unit}")
    kind = kind_of(node.this)
    _known(node.this)
    made = call("DATE_TRUNC", exp.Literal.string(unit), node.this)
    return with_kind(made, kind) if kind is Kind.ZONED else _naive(made)


def _known(node: exp.Expr) -> None:
    if kind_of(node) not in {None, Kind.DATE, Kind.TIMESTAMP, Kind.ZONED}:
        raise Unfaithful(_UNKNOWN)


def _naive(node: exp.Expr) -> exp.Expr:
    return with_kind(exp.cast(node, "TIMESTAMP_NTZ", dialect="spark"), Kind.TIMESTAMP)


def extract(node: exp.Expr) -> exp.Expr:
    """Take a part as a whole number."""
    part = node.this.name.upper()
    if part in {"DOW", "DAYOFWEEK", "WEEKDAY"}:
        return _from_sunday(node.expression)
    if part == "ISODOW":
        return _from_monday(node.expression)
    if part not in _PARTS:
        raise Unfaithful(f"Spark does not extract {part} as DuckDB does")
    return with_kind(call(_PARTS[part], node.expression), Kind.INTEGER)


def date_part(node: exp.Expr) -> exp.Expr:
    """Do the same for the other spelling."""
    part, value = node.expressions
    if not isinstance(part, exp.Literal):
        raise Unfaithful("Spark takes a part of a date by its name alone")
    return extract(exp.Extract(this=exp.var(part.name), expression=value))


def day_of_week(node: exp.Expr) -> exp.Expr:
    """Count from 0 for Sunday."""
    return _from_sunday(node.this)


def iso_day_of_week(node: exp.Expr) -> exp.Expr:
    """Count from 1 for Monday."""
    return _from_monday(node.this)


def _from_sunday(value: exp.Expr) -> exp.Expr:
    return _counted("DAYOFWEEK", value, exp.Sub)


def _from_monday(value: exp.Expr) -> exp.Expr:
    return _counted("WEEKDAY", value, exp.Add)


def _counted(name: str, value: exp.Expr, sign: type[exp.Binary]) -> exp.Expr:
    made = sign(this=call(name, value), expression=exp.Literal.number(1))
    return with_kind(exp.paren(made, copy=False), Kind.INTEGER)


def week(node: exp.Expr) -> exp.Expr:
    """Take the week of ISO 8601."""
    return with_kind(call("WEEKOFYEAR", node.this), Kind.INTEGER)


def month_name(node: exp.Expr) -> exp.Expr:
    """Write the name out, which Spark shortens."""
    return with_kind(call("DATE_FORMAT", node.this, exp.Literal.string("MMMM")), Kind.TEXT)


def day_name(node: exp.Expr) -> exp.Expr:
    """Write the name out, which Spark shortens."""
    return with_kind(call("DATE_FORMAT", node.this, exp.Literal.string("EEEE")), Kind.TEXT)


def date_diff(node: exp.Expr) -> exp.Expr:
    """Count the turns of the calendar between two days; Spark counts whole units."""
    unit = node.args["unit"].name.upper() if node.args.get("unit") else "DAY"
    end, begin = node.this, node.expression
    if unit == "DAY":
        return with_kind(call("DATEDIFF", end, begin), Kind.INTEGER)
    years = exp.Sub(this=call("YEAR", end), expression=call("YEAR", begin))
    if unit == "YEAR":
        return with_kind(exp.paren(years, copy=False), Kind.INTEGER)
    if unit != "MONTH":
        raise Unfaithful(f"Spark counts whole {unit.lower()}s. Count days, months or years")
    months = exp.Sub(this=call("MONTH", end), expression=call("MONTH", begin))
    twelve = exp.Mul(this=exp.paren(years, copy=False), expression=exp.Literal.number(12))
    return with_kind(exp.paren(exp.Add(this=twelve, expression=months), copy=False), Kind.INTEGER)


def strftime(node: exp.Expr) -> exp.Expr:
    """Write a date or a time in Java's format."""
    _known(node.this)
    return with_kind(call("DATE_FORMAT", node.this, _format(node.args["format"], _WRITTEN)), Kind.TEXT)


def strptime(node: exp.Expr) -> exp.Expr:
    """Read a text by a format."""
    return _naive(call("TO_TIMESTAMP", node.this, _format(node.args["format"], _READ)))


def try_strptime(node: exp.Expr) -> exp.Expr:
    """Read a text by a format, null where it does not fit."""
    value, wanted = node.expressions
    return _naive(call("TRY_TO_TIMESTAMP", value, _format(wanted, _READ)))


def _format(node: exp.Expr, known: dict[str, str]) -> exp.Expr:
    if not (isinstance(node, exp.Literal) and node.is_string):
        raise Unfaithful("Spark has other formats of dates. Write the format as a text")
    parts = []
    for part in _PART.findall(node.name):
        if part.startswith("%") and part not in known:
            raise Unfaithful(f"Spark has no such part of a date's format as {part}")
        literal = "''" if part == "'" else f"'{part}'" if re.search("[A-Za-z]", part) else part
        parts.append(known.get(part, literal))
    return exp.Literal.string("".join(parts))


def now(_: exp.Expr) -> exp.Expr:
    """Take the moment at which the query began."""
    return with_kind(exp.CurrentTimestamp(), Kind.ZONED)


def to_zone(node: exp.Expr) -> exp.Expr:
    """Take the clock's time in a zone, or the moment at which a clock there shows it."""
    match kind_of(node.this):
        case Kind.ZONED:
            return _naive(call("FROM_UTC_TIMESTAMP", node.this, node.args["zone"]))
        case Kind.TIMESTAMP | None:
            return with_kind(call("TO_UTC_TIMESTAMP", node.this, node.args["zone"]), Kind.ZONED)
    raise Unfaithful(_UNKNOWN)


def from_unix(node: exp.Expr) -> exp.Expr:
    """Take a moment from seconds."""
    if node.args.get("scale") is not None:
        raise Unfaithful("Spark gives a moment with a zone here. Use to_timestamp(seconds)")
    return with_kind(call("TIMESTAMP_SECONDS", node.this), Kind.ZONED)


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """Return a call of a function of Spark."""
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])
