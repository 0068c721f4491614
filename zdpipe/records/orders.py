"""Days in the orders that can be meant in one way only → the order of ISO 8601.

`01/02/2026` is not among them: it is in January for some and in February for others, and a column in which
only the days after the twelfth are read would be worse than one in which none is.
"""

from __future__ import annotations

import polars as pl

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
NUMBERS = {month[:3]: f"{number:02}" for number, month in enumerate(MONTHS, 1)}
_MONTH = "|".join([*(f"{month[:3]}|{month}" for month in MONTHS), "sept"])
_SLASHED = r"^([0-9]{4})/([0-9]{2})/([0-9]{2})(.*)$"
_TOGETHER = r"^((?:19|20)[0-9]{2})(0[1-9]|1[0-2])([0-3][0-9])$"
_DAY_FIRST = rf"(?i)^([0-9]{{1,2}})[ -]({_MONTH})[.,]?[ -]([0-9]{{4}})$"
_MONTH_FIRST = rf"(?i)^({_MONTH})\.? ([0-9]{{1,2}}),? ([0-9]{{4}})$"


def in_iso_order(text: pl.Series) -> pl.Series:
    """Return days such as 2026/01/31, 20260131, 31 Jan 2026 or January 31, 2026 in the order of ISO 8601."""
    column = pl.col("text")
    slashed = column.str.extract_groups(_SLASHED).struct
    together = column.str.extract_groups(_TOGETHER).struct
    first = column.str.extract_groups(_DAY_FIRST).struct
    later = column.str.extract_groups(_MONTH_FIRST).struct
    return (
        text.alias("text")
        .to_frame()
        .select(
            pl.coalesce(
                _joined(slashed.field("1"), slashed.field("2"), slashed.field("3")) + slashed.field("4"),
                _joined(together.field("1"), together.field("2"), together.field("3")),
                _joined(first.field("3"), _number(first.field("2")), first.field("1")),
                _joined(later.field("3"), _number(later.field("1")), later.field("2")),
                column,
            )
        )
        .to_series()
    )


def _number(month: pl.Expr) -> pl.Expr:
    return month.str.head(3).str.to_lowercase().replace_strict(NUMBERS, default=None, return_dtype=pl.String)


def _joined(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    return year + "-" + month + "-" + day.str.zfill(2)
