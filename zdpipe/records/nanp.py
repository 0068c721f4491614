"""The North American Numbering Plan as patterns over whole columns.

The patterns are libphonenumber's own, read from its metadata, so that both always say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from zdpipe.records.text import keep

if TYPE_CHECKING:
    from phonenumbers.phonemetadata import PhoneNumberDesc

LARGEST = ("US", "CA")
ISLANDS = tuple(region for region in COUNTRY_CODE_TO_REGION_CODE[1] if region not in LARGEST)
TYPES = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "fixed_line",
    "mobile",
)
DIGITS = 10
# A number as people write it with digits and the punctuation that libphonenumber skips.
WRITTEN = r"^[ (]*\+?[0-9 ().\-]*$"


@dataclass(frozen=True, slots=True)
class Plan:
    """One region's patterns: its first digits (empty: any), all its numbers, and its numbers by type."""

    leading: str
    general: str
    types: str

    def test(self) -> pl.Expr:
        """Return whether the column `digits` belongs to the region and is valid there."""
        digits = pl.col("digits")
        return pl.all_horizontal(
            digits.str.contains(pattern) for pattern in (self.leading, self.general, self.types)
        )


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
    for region in LARGEST:
        if settled.all():
            break
        settled |= _test(keep(national, ~settled), _plan(region).test())
    rest = keep(national, ~settled)
    distinct = rest.drop_nulls().unique()
    elsewhere = _test(distinct, pl.any_horizontal(_plan(region).test() for region in ISLANDS))
    settled |= rest.is_in(distinct.filter(elsewhere).implode()).fill_null(value=False)
    return settled & national.is_not_null()


def _test(digits: pl.Series, test: pl.Expr) -> pl.Series:
    return digits.alias("digits").to_frame().select(test).to_series().fill_null(value=False)


@cache
def _plan(region: str) -> Plan:
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None or metadata.general_desc is None:
        raise LookupError(region)
    types = "|".join(_patterns([getattr(metadata, name) for name in TYPES]))
    general = "|".join(_patterns([metadata.general_desc]))
    return Plan(
        _ascii(f"^(?:{metadata.leading_digits or ''})"), _ascii(f"^(?:{general})$"), _ascii(f"^(?:{types})$")
    )


def _patterns(descriptions: list[PhoneNumberDesc | None]) -> list[str]:
    return [
        desc.national_number_pattern
        for desc in descriptions
        if desc is not None and desc.national_number_pattern and DIGITS in (desc.possible_length or (DIGITS,))
    ]


def _ascii(pattern: str) -> str:
    # In Polars' regular expressions \\d is every decimal digit of Unicode, which is slow and not meant.
    return pattern.replace(r"\d", "[0-9]")
