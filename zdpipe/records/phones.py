"""Phone numbers: E.164, or nothing when libphonenumber does not find them valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import phonenumbers
import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, NumberParseException, ValidationResult

from zdpipe.records import nanp
from zdpipe.records.text import keep

if TYPE_CHECKING:
    from zdpipe.records.rules import Rules

POSSIBLE = "possible"
EXTENSION = r"(?i)[ ,]*(?:x|ext\.?|extension)[ .:]*[0-9]{1,6}$"
NORTH_AMERICA = frozenset(COUNTRY_CODE_TO_REGION_CODE[1])


def e164(text: pl.Series, rules: Rules) -> tuple[pl.Series, pl.Series]:
    """Return each text's E.164 form, null where it is invalid, and where an extension was dropped."""
    numbers, decided = _north_american(text, rules)
    dropped = pl.repeat(value=False, n=len(text), dtype=pl.Boolean, eager=True)
    odd = keep(text, ~decided)
    if odd.null_count() < len(odd):
        table = _settled(odd.drop_nulls().unique(), rules)
        found = odd.alias("text").to_frame().join(table, on="text", how="left", maintain_order="left")
        numbers = pl.select(pl.coalesce(numbers, found["number"])).to_series()
        dropped = found["dropped"].fill_null(value=False)
    if rules.require_plus_one:
        numbers = keep(numbers, numbers.str.starts_with("+1"))
    return numbers, dropped & numbers.is_not_null()


def _north_american(text: pl.Series, rules: Rules) -> tuple[pl.Series, pl.Series]:
    """Return the numbers that whole-column patterns find valid, and where they could tell at all."""
    national = nanp.national_numbers(text, bare=rules.default_region in NORTH_AMERICA)
    decided = national.is_not_null()
    valid = decided if rules.accept == POSSIBLE else nanp.is_valid(national)
    return keep("+1" + national, valid), decided


def _settled(distinct: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return a table of text, number and dropped for texts that are not plain North American numbers."""
    bare = distinct.str.replace(EXTENSION, "")
    numbers, decided = _north_american(bare, rules)
    rest = distinct.filter(~decided)
    parsed = [_parsed(text, rules) for text in rest]
    return pl.concat(
        [
            pl.DataFrame({"text": distinct, "number": numbers, "dropped": bare != distinct}).filter(decided),
            pl.DataFrame(
                {"text": rest, "number": [row[0] for row in parsed], "dropped": [row[1] for row in parsed]},
                schema={"text": pl.String, "number": pl.String, "dropped": pl.Boolean},
            ),
        ]
    )


def _parsed(text: str, rules: Rules) -> tuple[str | None, bool]:
    try:
        number = phonenumbers.parse(text, rules.default_region)
    except NumberParseException:
        return None, False
    if not _is_acceptable(number, rules.accept):
        return None, False
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), bool(number.extension)


def _is_acceptable(number: phonenumbers.PhoneNumber, accept: str) -> bool:
    if accept == POSSIBLE:
        # A number that is possible only within its own town cannot be written as E.164.
        return phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    return bool(phonenumbers.is_valid_number(number))
