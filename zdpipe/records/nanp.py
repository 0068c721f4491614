"""Numbers of the North American Numbering Plan as people mostly write them, over whole columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from zdpipe.records.text import keep

if TYPE_CHECKING:
    import polars as pl

CODE = 1
REGIONS = frozenset(COUNTRY_CODE_TO_REGION_CODE[CODE])
DIGITS = 10
# A number as people write it with digits and the punctuation that libphonenumber skips.
WRITTEN = r"^[ (\[]*\+?[0-9 ()\[\].\-/]*$"
PUNCTUATION = [*"+ ()[].-/"]


def national_numbers(text: pl.Series, *, bare: bool) -> pl.Series:
    """Return the ten digits of texts that are surely read as a North American number, else null.

    `bare` tells whether numbers without a country code belong to this plan.
    """
    written = keep(text, text.str.contains(WRITTEN))
    digits = written.str.replace_many(PUNCTUATION, [""])
    international = written.str.contains("+", literal=True)
    long = digits.str.contains("^1[2-9][0-9]{9}$") & (international | bare)
    short = digits.str.contains("^[2-9][0-9]{9}$") & ~international & bare
    return keep(digits.str.tail(DIGITS), long | short)
