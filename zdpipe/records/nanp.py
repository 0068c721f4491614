"""Numbers of the North American Numbering Plan as people mostly write them, over whole columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from zdpipe.records.numbering import region_of
from zdpipe.records.text import keep

if TYPE_CHECKING:
    import polars as pl

CODE = 1
REGIONS = frozenset(COUNTRY_CODE_TO_REGION_CODE[CODE])
LARGEST = ("US", "CA")
ISLANDS = tuple(region for region in COUNTRY_CODE_TO_REGION_CODE[CODE] if region not in LARGEST)
DIGITS = 10
# A number as people write it with digits and the punctuation that libphonenumber skips.
WRITTEN = r"^[ (\[]*\+?[0-9 ()\[\].\-/]*$"


def national_numbers(text: pl.Series, *, bare: bool) -> pl.Series:
    """Return the ten digits of texts that are surely read as a North American number, else null.

    `bare` tells whether numbers without a country code belong to this plan.
    """
    written = keep(text, text.str.contains(WRITTEN))
    digits = written.str.replace_all(r"[^0-9]+", "")
    international = written.str.contains("+", literal=True)
    long = digits.str.contains("^1[2-9][0-9]{9}$") & (international | bare)
    short = digits.str.contains("^[2-9][0-9]{9}$") & ~international & bare
    return keep(digits.str.tail(DIGITS), long | short)


def is_valid(national: pl.Series) -> pl.Series:
    """Tell of each ten digits whether libphonenumber finds them valid in any region of the plan."""
    settled = national.is_null()
    for name in LARGEST:
        if settled.all():
            break
        settled |= _claimed(keep(national, ~settled), name)
    rest = keep(national, ~settled)
    distinct = rest.drop_nulls().unique()
    elsewhere = distinct.clear()
    for name in ISLANDS if len(distinct) else ():
        elsewhere = elsewhere.append(distinct.filter(_claimed(distinct, name)))
    settled |= rest.is_in(elsewhere.implode()).fill_null(value=False)
    return settled & national.is_not_null()


def _claimed(national: pl.Series, name: str) -> pl.Series:
    region = region_of(name, CODE)
    has = region.has(national)
    return has & national.str.contains(region.leading).fill_null(value=False) if region.leading else has
