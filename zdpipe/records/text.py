"""Any column as text, and the small changes all kinds share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

# Unicode's White_Space, and the two marks that are blank to the eye: zero width space and byte order mark.
BLANKS = (
    " \t\n\v\f\r\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\u200b\ufeff"
)
# Control characters but for those that part words, and what is blank without any width. The joiners of
# Persian, of the languages of India and of emoji stay, and so do the marks for writing from right to left.
UNSEEN = r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u2060\ufeff]"
# The years that ISO 8601 writes with four digits, as days from 1970-01-01; DuckDB's infinity lies outside.
FIRST_DAY, LAST_DAY = -719_162, 2_932_896
TICKS_A_DAY = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
INFINITE_TICKS = 2**63 - 1  # DuckDB's infinity in every unit of time


def keep(values: pl.Series, where: pl.Series) -> pl.Series:
    """Return the values with null wherever `where` is not true."""
    return pl.select(pl.when(where).then(values)).to_series().alias(values.name)


def trimmed(text: pl.Series) -> pl.Series:
    """Return a text column without surrounding blanks; blank text is null."""
    stripped = text.str.strip_chars(BLANKS)
    return keep(stripped, stripped != "") if (stripped == "").any() else stripped


def legible(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return trimmed texts without characters nobody sees and no script needs, and where some were."""
    found = text.str.contains(UNSEEN).fill_null(value=False)
    if not found.any():
        return text, found
    return keep(trimmed(text.str.replace_all(UNSEEN, "")), text.is_not_null()), found


def folded(text: pl.Series) -> pl.Series:
    """Return texts with every inner run of blanks as one space."""
    return text.str.replace_all(r"\s\s+|[^\S ]", " ")


def quoted(text: pl.Series) -> pl.Series:
    """Return the JSON text of each value: quoted, escaped where JSON must, otherwise as it is."""
    encoded = text.alias("v").to_frame().select(pl.struct("v").struct.json_encode()).to_series()
    return keep(encoded.str.slice(len('{"v":')).str.head(-1), text.is_not_null()).alias(text.name)


def quoted_plain(text: pl.Series) -> pl.Series:
    """Return the JSON text of values that hold nothing JSON would escape, such as dates and codes."""
    return pl.select(pl.format('"{}"', text)).to_series().alias(text.name)


def as_text(values: pl.Series) -> pl.Series:
    """Return JSON texts with those that are no strings as strings: `12.50` is `"12.50"`."""
    bare = ~values.str.starts_with('"')
    return pl.select(pl.when(bare).then(quoted_plain(values)).otherwise(values)).to_series()


def settle(values: pl.Series, decide: Callable[[str], str | None]) -> pl.Series:
    """Return what `decide` says of each value, asking once for every distinct one."""
    distinct = values.drop_nulls().unique()
    if distinct.is_empty():
        return pl.repeat(None, len(values), dtype=pl.String, eager=True).alias(values.name)
    answers = pl.Series([decide(value) for value in distinct], dtype=pl.String)
    return values.replace_strict(distinct, answers, default=None, return_dtype=pl.String)


def text_of(column: pl.Series) -> pl.Series:
    """Return a column of any type as text.

    Floats are their shortest decimal text, without `.0` where they are whole; dates and times are ISO 8601 in
    UTC with a precision of seconds, or `infinity` beyond the years 1 to 9999; bytes are hexadecimal digits;
    lists and structs are JSON.
    """
    dtype = column.dtype
    if isinstance(dtype, pl.Date | pl.Datetime):
        return _date_text(column) if isinstance(dtype, pl.Date) else _datetime_text(column, dtype.time_unit)
    if isinstance(dtype, pl.Binary):
        return column.bin.encode("hex")
    if dtype.is_nested() or isinstance(dtype, pl.Duration | pl.Object):
        return pl.Series(column.name, [_describe(value) for value in column.to_list()], dtype=pl.String)
    text = column.cast(pl.String)
    return text.str.strip_suffix(".0") if dtype.is_float() else text


def _describe(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _date_text(column: pl.Series) -> pl.Series:
    days = column.to_physical().cast(pl.Int64)
    return _bounded(
        days, FIRST_DAY, LAST_DAY, lambda inside: inside.cast(pl.Int32).cast(pl.Date).cast(pl.String)
    )


def _datetime_text(column: pl.Series, unit: Literal["ns", "us", "ms"]) -> pl.Series:
    a_day = TICKS_A_DAY[unit]
    return _bounded(
        column.to_physical(),
        max(FIRST_DAY * a_day, -INFINITE_TICKS + 1),
        min((LAST_DAY + 1) * a_day, INFINITE_TICKS) - 1,
        lambda inside: inside.cast(pl.Datetime(unit)).dt.to_string("%Y-%m-%dT%H:%M:%SZ"),
    )


def _bounded(ticks: pl.Series, low: int, high: int, write: Callable[[pl.Series], pl.Series]) -> pl.Series:
    # Polars panics when it writes a date beyond its calendar, so only those inside reach it.
    inside = ticks.is_between(low, high)
    if inside.all():
        return write(ticks)
    infinite = pl.when(ticks > high).then(pl.lit("infinity")).when(ticks < low).then(pl.lit("-infinity"))
    return pl.select(infinite.otherwise(write(keep(ticks, inside)))).to_series().alias(ticks.name)
