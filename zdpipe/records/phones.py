"""Phone numbers: E.164, or nothing when libphonenumber does not find them valid or nobody answers to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import phonenumbers
import polars as pl
from phonenumbers import NumberParseException, ValidationResult

from zdpipe.records import nanp
from zdpipe.records.dialled import dialled
from zdpipe.records.numbering import is_valid
from zdpipe.records.placeholders import is_placeholder, is_written_placeholder
from zdpipe.records.reading import POSSIBLE, read_numbers
from zdpipe.records.text import keep

if TYPE_CHECKING:
    from zdpipe.records.rules import Rules


@dataclass(frozen=True, slots=True)
class Phones:
    """Numbers in E.164, null where there is none, and where an extension was dropped or a filler refused."""

    numbers: pl.Series
    dropped: pl.Series
    placeholders: pl.Series


def e164(text: pl.Series, rules: Rules) -> Phones:
    """Return each text's number: what whole-column patterns cannot settle is the library's to judge."""
    numbers, decided = _north_american(text, rules)
    dropped = placeholders = pl.repeat(value=False, n=len(text), dtype=pl.Boolean, eager=True)
    odd = keep(text, ~decided)
    if odd.null_count() < len(odd):
        table = _settled(odd.drop_nulls().unique(), rules)
        found = odd.alias("text").to_frame().join(table, on="text", how="left", maintain_order="left")
        numbers = pl.select(pl.coalesce(numbers, found["number"])).to_series()
        dropped = found["dropped"].fill_null(value=False)
    placeholders = is_placeholder(numbers) | _written(text, numbers)
    numbers = keep(numbers, ~placeholders)
    if rules.require_plus_one:
        numbers = keep(numbers, numbers.str.starts_with("+1"))
    return Phones(numbers, dropped & numbers.is_not_null(), placeholders)


def _written(text: pl.Series, numbers: pl.Series) -> pl.Series:
    found = pl.repeat(value=False, n=len(text), dtype=pl.Boolean, eager=True)
    bad = (text.is_not_null() & numbers.is_null()).arg_true()
    return found.scatter(bad, is_written_placeholder(text.gather(bad))) if len(bad) else found


def _north_american(text: pl.Series, rules: Rules) -> tuple[pl.Series, pl.Series]:
    """Return the numbers that whole-column patterns find valid, and where they could tell at all."""
    national = nanp.national_numbers(text, bare=rules.default_region in nanp.REGIONS)
    decided = national.is_not_null()
    valid = decided if rules.accept == POSSIBLE else is_valid(national, nanp.CODE)
    return keep("+1" + national, valid), decided


def _settled(distinct: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return a table of text, number and dropped for texts that are not plain North American numbers."""
    table = dialled(distinct)
    found = read_numbers(table, rules.default_region, rules.accept)
    settled = table["read"] & (found["settled"] | table["digits"].is_null())
    rest = distinct.filter(~settled)
    parsed = [_parsed(text, rules) for text in rest]
    by_pattern = table.select(text=distinct, number=found["number"], dropped="dropped").filter(settled)
    by_library = pl.DataFrame(
        {"text": rest, "number": [row[0] for row in parsed], "dropped": [row[1] for row in parsed]},
        schema={"text": pl.String, "number": pl.String, "dropped": pl.Boolean},
    )
    return pl.concat([by_pattern, by_library])


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
