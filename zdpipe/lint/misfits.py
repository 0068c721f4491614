"""What sqlglot writes down for DuckDB although DuckDB refuses it, or reads it otherwise.

Found by running the functions of each dialect in DuckDB (the table in tests/lint/test_dialects.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types

from zdpipe.lint.types import TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SUNDAY_IS_ONE = frozenset({"bigquery", "databricks", "hive", "spark", "spark2"})
_SPARK = _SUNDAY_IS_ONE - {"bigquery"}
_TEXT_TO_BYTES = (exp.Base64Encode, exp.ToBase64, exp.ByteLength)
_LIKES = (exp.ILike, exp.Like, exp.RegexpLike)
_DEFAULT_COLUMNS = {"snowflake": "column", "spark": "col", "databricks": "col"}


def misfits(statement: exp.Expr, dialect: str) -> Iterator[tuple[exp.Expr, str]]:
    """Yield each node that does not arrive, with the reason."""
    for node in statement.walk():
        for check in _CHECKS:
            reason = check(node, dialect)
            if reason:
                yield node, reason
                break


def parameters(statement: exp.Expr) -> Iterator[exp.Expr]:
    """Yield what stands for a value that is given at the run, as `?`, `$1` and `:day` do."""
    yield from statement.find_all(exp.Parameter, exp.Placeholder)


def _lateral(node: exp.Expr, _dialect: str) -> str | None:
    if isinstance(node, exp.Lateral) and not node.args.get("view") and isinstance(node.this, exp.Func):
        return "it joins the rows that a function gives. Write `CROSS JOIN UNNEST(…) AS t(x)`"
    if isinstance(node, exp.TableFromRows) and isinstance(node.this, exp.Explode):
        return "it reads the rows that a function gives. Write `CROSS JOIN UNNEST(…) AS t(x)`"
    if isinstance(node, exp.Posexplode) and isinstance(node.parent, exp.Alias | exp.Select):
        return "it makes two columns of one"
    return None


def _time_travel(node: exp.Expr, _dialect: str) -> str | None:
    if isinstance(node, exp.HistoricalData | exp.Version):
        return "it reads a table as it once was"
    return None


def _sunday(node: exp.Expr, dialect: str) -> str | None:
    if dialect not in _SUNDAY_IS_ONE:
        return None
    unit = node.this.name.upper() if isinstance(node, exp.Extract) else ""
    if isinstance(node, exp.DayOfWeek) or unit == "DAYOFWEEK":
        return (
            "in DuckDB it counts from 0, and here Sunday is 1. Write the day's name, or add 1 in DuckDB's SQL"
        )
    if isinstance(node, exp.Anonymous) and node.name.lower() == "weekday" and dialect in _SPARK:
        return "in DuckDB it counts from Sunday, and here from Monday"
    if unit in {"DATE", "DATETIME", "ISOWEEK", "TIME"}:
        return f"it cannot extract {unit}"
    return None


def _format(node: exp.Expr, _dialect: str) -> str | None:
    if isinstance(node, exp.Format) and "%" in node.name and node.name != "%s":
        return (
            "its FORMAT marks places with `{}` instead of `%`. Write them so, or use `printf` in DuckDB's SQL"
        )
    if isinstance(node, exp.Cast) and node.args.get("format"):
        return "a cast takes no FORMAT"
    return None


def _json_path(node: exp.Expr, _dialect: str) -> str | None:
    path = node.args.get("path") or node.args.get("expression")
    is_json = isinstance(node, exp.JSONValue | exp.JSONExtract | exp.JSONExtractScalar | exp.JSONExists)
    if is_json and isinstance(path, exp.Literal) and path.name.split(" ")[0].lower() in {"lax", "strict"}:
        return f"its JSON paths begin with `$` and know no `{path.name.split(' ')[0]}`. Leave that out"
    return None


def _any_and_exists(node: exp.Expr, _dialect: str) -> str | None:
    if isinstance(node, exp.Exists) and isinstance(node.expression, exp.Lambda):
        return "its EXISTS takes a query and no list. Write `size(filter(…)) > 0`"
    is_compared = isinstance(node.parent, exp.Predicate) and not isinstance(node.parent, _LIKES)
    if isinstance(node, exp.Any) and isinstance(node.this, exp.Tuple) and is_compared:
        return "its ANY takes a list and no values in parentheses. Write IN"
    if isinstance(node, exp.Any) and isinstance(node.parent, exp.Alias | exp.Select):
        return "its ANY is no aggregate. Write `bool_or(…)`"
    return None


def _call(node: exp.Expr, dialect: str) -> str | None:
    if isinstance(node, exp.SafeFunc):
        return "no call is safe by a word before it. Write TRY(…) in DuckDB's SQL"
    if isinstance(node, exp.FromJson):
        return "its FROM_JSON takes another description of the type"
    if isinstance(node, exp.Booland | exp.Boolor) and node.args.get("round_input"):
        return "it takes no numbers for truth. Write AND or OR"
    if isinstance(node, exp.GroupConcat | exp.ArrayAgg) and isinstance(node.this, exp.Limit):
        return "an aggregate takes no LIMIT"
    if isinstance(node, exp.AtTimeZone) and dialect in _SPARK and _is_from_utc(node):
        return "it would give the moment in that zone, and here the clock's time there is meant"
    return None


def _is_from_utc(node: exp.AtTimeZone) -> bool:
    """Tell FROM_UTC_TIMESTAMP from the inner part of TO_UTC_TIMESTAMP, which is right."""
    return not isinstance(node.parent, exp.AtTimeZone)


def _bytes(node: exp.Expr, _dialect: str) -> str | None:
    if isinstance(node, _TEXT_TO_BYTES) and _is_text(node.this):
        return "it takes bytes and no text. Write `to_base64(encode(…))` or `strlen(…)` in DuckDB's SQL"
    is_parsed = isinstance(node, exp.StrToUnix) and not isinstance(node.this.unnest(), exp.Literal)
    if is_parsed and not node.this.find(exp.Literal):
        return (
            "it reads a text there, and this may be a timestamp. Cast it to STRING, or leave the function out"
        )
    return None


def _is_text(node: exp.Expr) -> bool:
    """Tell whether a value is a text, or a column, which seldom is anything else."""
    made = annotate_types(node.copy()).type
    return isinstance(node.unnest(), exp.Column) or (made is not None and made.is_type(*TEXTS))


def _default_column(node: exp.Expr, dialect: str) -> str | None:
    prefix = _DEFAULT_COLUMNS.get(dialect)
    if prefix is None or not isinstance(node, exp.Column):
        return None
    number = node.name.lower().removeprefix(prefix)
    select = node.parent_select
    values = select.find(exp.Values) if select is not None and number.isdigit() else None
    if values is not None and not (values.args.get("alias") and values.args["alias"].columns):
        return "the columns of VALUES have other names there. Name them: `AS t(a, b)`"
    return None


_CHECKS: tuple[Callable[[exp.Expr, str], str | None], ...] = (
    _lateral,
    _time_travel,
    _sunday,
    _format,
    _json_path,
    _any_and_exists,
    _call,
    _bytes,
    _default_column,
)
