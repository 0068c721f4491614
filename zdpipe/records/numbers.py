"""Whole numbers, and decimals with two places."""

from __future__ import annotations

import re
from decimal import Decimal

import polars as pl

from zdpipe.records.spelled import unspelled
from zdpipe.records.text import keep, settle

WHOLE = r"^[+-]?[0-9]+(?:\.0*)?$"
PLAIN = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$"
SCIENTIFIC = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]{1,4}")
NOT_FINITE = r"^(?i)[+-]?(?:nan|inf|infinity)$"
BEYOND, NOTHING = "100000000", "0"  # DECIMAL(10,2) ends below a hundred million


def integers(text: pl.Series) -> pl.Series:
    """Return whole numbers as JSON; `12.0` is 12, and whatever 64 bits cannot hold is null.

    Exponents are refused: a spreadsheet that writes 1.2E+11 has lost the digits behind it.
    """
    text = _plainly(text, WHOLE, whole=True)
    digits = keep(text, text.str.contains(WHOLE)).str.replace(r"\.0*$", "").str.strip_prefix("+")
    return digits.cast(pl.Int64, strict=False).cast(pl.String)


def _plainly(text: pl.Series, pattern: str, *, whole: bool) -> pl.Series:
    plain = text.str.contains(pattern)
    if plain.all():
        return text
    odd = unspelled(keep(text, ~plain), whole=whole)
    return pl.select(pl.when(plain).then(text).otherwise(odd)).to_series()


def lookups(text: pl.Series) -> pl.Series:
    """Return the ids of records as JSON: whole numbers above zero."""
    ids = integers(text)
    return keep(ids, ids.str.contains("^[1-9]"))


def decimals(text: pl.Series) -> pl.Series:
    """Return numbers as JSON with two decimals, rounded half away from zero on their decimal digits.

    Null where the text is no number or does not fit DECIMAL(10,2).
    """
    text = _plainly(text, PLAIN, whole=False)
    plain = text.str.contains(PLAIN)
    if not plain.all():
        unfolded = settle(keep(text, ~plain), without_exponent)
        text = pl.select(pl.when(plain).then(text).otherwise(unfolded)).to_series()
    # Polars rounds half to even: one more digit lifts a half above it and moves nothing else.
    lifted = pl.when(text.str.contains(r"\.[0-9]{3}")).then(text + "1").otherwise(text.str.strip_suffix("."))
    return pl.select(lifted.cast(pl.Decimal(10, 2), strict=False).cast(pl.String)).to_series()


def without_exponent(text: str) -> str | None:
    """Return a number in scientific notation as plain digits, None where it is no number.

    Numbers too large for DECIMAL(10,2) come back as one that is, those too small for it as zero.
    """
    if SCIENTIFIC.fullmatch(text) is None:
        return None
    number = Decimal(text)
    if number == 0 or number.adjusted() < -4:
        return NOTHING
    return BEYOND if number.adjusted() > 10 else format(number, "f")
