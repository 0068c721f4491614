"""Numbers as people and spreadsheets spell them → plain digits with a decimal point.

What could be meant in two ways stays as it is and is no number: `1,234` is a thousand and some in one country
and little more than one in another.
"""

from __future__ import annotations

import polars as pl

SIGNS = "$€£¥"
MINUS = "\u2212"
_AMOUNT = r"[+-]?[0-9.,' \u00a0\u2009\u202f’]+"
_CURRENCY = rf"^([+-]?) ?[{SIGNS}] ?({_AMOUNT})$|^({_AMOUNT}?) ?[{SIGNS}]$"
_ACCOUNTED = r"^\(([^()+-]*)\)$"
_SIGN = "^([+-]?)(.*)$"
_THIN = r" \u00a0\u2009\u202f"
_BLANKS = rf"^[0-9]{{1,3}}(?:[{_THIN}][0-9]{{3}})+(?:[.,][0-9]+)?$"
_APOSTROPHES = r"^[0-9]{1,3}(?:['’][0-9]{3})+(?:[.,][0-9]+)?$"
_COMMAS = r"^[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+$|^[0-9]{1,3}(?:,[0-9]{3}){2,}$"
_POINTS = r"^[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+$|^[0-9]{1,3}(?:\.[0-9]{3}){2,}$"
_ONE_COMMA = r"^[1-9][0-9]{0,2},[0-9]{3}$"
_ONE_POINT = r"^[1-9][0-9]{0,2}\.[0-9]{3}$"
_DECIMAL_COMMA = r"^[0-9]+,[0-9]+$"


def unspelled(text: pl.Series, *, whole: bool) -> pl.Series:
    """Return numbers in plain digits, and all other texts as they are.

    `whole` tells that only whole numbers are meant: a comma before three digits then parts thousands. Beside
    a currency sign it does so too, since no price has three decimals, and a point there is ambiguous.
    """
    frame = _without_signs(text)
    digits = pl.col("digits")
    priced = pl.col("priced")
    grouped = digits.str.contains(_ONE_COMMA)
    plain = (
        pl.when(priced & digits.str.contains(_ONE_POINT))
        .then(None)
        .when(digits.str.contains(_BLANKS) | digits.str.contains(_APOSTROPHES))
        .then(digits.str.replace_all(rf"[{_THIN}'’]", "").str.replace(",", ".", literal=True))
        .when(digits.str.contains(_COMMAS) | (grouped & (priced | whole)))
        .then(digits.str.replace_all(",", "", literal=True))
        .when(digits.str.contains(_POINTS))
        .then(digits.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True))
        .when(digits.str.contains(_DECIMAL_COMMA) & ~grouped)
        .then(digits.str.replace(",", ".", literal=True))
        .otherwise(digits)
    )
    return frame.select(pl.coalesce(pl.col("sign") + plain, "text")).to_series()


def is_priced(text: pl.Series) -> pl.Series:
    """Tell of trimmed texts whether a currency sign stands beside the number."""
    return text.str.contains(f"[{SIGNS}]").fill_null(value=False)


def _without_signs(text: pl.Series) -> pl.DataFrame:
    """Return text, sign, digits and priced; a number in brackets is below zero, as accountants write it."""
    ascii_minus = text.str.replace_all(MINUS, "-", literal=True)
    inside = ascii_minus.str.extract(_ACCOUNTED)
    bare = pl.select(pl.coalesce(inside, ascii_minus)).to_series()
    parts = bare.str.extract_groups(_CURRENCY).struct
    priced = parts.field("2").is_not_null() | parts.field("3").is_not_null()
    amount = pl.select(
        pl.coalesce(parts.field("1") + parts.field("2"), parts.field("3"), bare).str.strip_chars()
    ).to_series()
    signed = amount.str.extract_groups(_SIGN).struct
    minus = pl.select(
        pl.when(inside.is_not_null()).then(pl.lit("-")).otherwise(signed.field("1"))
    ).to_series()
    return pl.DataFrame(
        {"text": text, "sign": minus, "digits": signed.field("2"), "priced": priced.fill_null(value=False)}
    )
