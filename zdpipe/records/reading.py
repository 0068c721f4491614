"""Dialled digits → E.164, over whole columns, as libphonenumber's parser decides."""

from __future__ import annotations

import polars as pl

from zdpipe.records.numbering import (
    CALLING_CODE,
    Region,
    home,
    is_possible,
    is_valid,
    main_region,
)
from zdpipe.records.text import keep

POSSIBLE = "possible"
SHORTEST, LONGEST = 2, 17
_SPLIT = rf"^({CALLING_CODE})([0-9]*)$"


def read_numbers(dialled: pl.DataFrame, region: str, accept: str) -> tuple[pl.Series, pl.Series]:
    """Return E.164 forms, null where invalid, and where this is settled; `dialled` has digits and plus.

    Not settled are calling codes that do not exist, and trunk prefixes that stand for other digits.
    """
    plan = home(region)
    digits, plus = dialled["digits"], dialled["plus"]
    abroad, rest = _from_abroad(digits, plus, plan)
    foreign = pl.select(pl.when(plus).then(digits).when(abroad).then(rest)).to_series()
    parts = foreign.str.extract_groups(_SPLIT).struct
    codes, national = parts.field("1"), parts.field("2")
    domestic = keep(digits, ~plus & ~abroad)
    own, prefixed, unsure = _without_own_code(domestic, plan)
    numbers = pl.repeat(None, len(digits), dtype=pl.String, eager=True)
    settled = (digits.is_not_null() & domestic.is_null() & codes.is_not_null()) | abroad
    settled |= (foreign.str.len_bytes() <= SHORTEST).fill_null(value=False)
    for code in codes.drop_nulls().unique():
        here = main_region(int(code))
        found, open_ = _finished(keep(national, codes == code), here, here, accept)
        numbers = pl.select(pl.coalesce(numbers, found)).to_series()
        settled &= ~open_
    for mine, start in ((keep(own, ~prefixed), plan), (keep(own, prefixed), main_region(plan.code))):
        found, open_ = _finished(mine, start, main_region(plan.code), accept)
        numbers = pl.select(pl.coalesce(numbers, found)).to_series()
        settled |= mine.is_not_null() & ~open_
    return numbers, settled & ~unsure


def _from_abroad(digits: pl.Series, plus: pl.Series, plan: Region) -> tuple[pl.Series, pl.Series]:
    """Return where digits begin with what is dialled before a calling code, and what follows it."""
    if not plan.abroad:
        return pl.repeat(value=False, n=len(digits), dtype=pl.Boolean, eager=True), digits
    rest = digits.str.replace(plan.abroad, "")
    found = digits.str.contains(plan.abroad) & ~plus & ~rest.str.starts_with("0")
    return found.fill_null(value=False), rest


def _without_own_code(domestic: pl.Series, plan: Region) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Return national digits, where the plan's own calling code went, and where that is not settled."""
    code = str(plan.code)
    begins = domestic.str.starts_with(code).fill_null(value=False)
    shorter, unsure = plan.without_trunk(keep(domestic.str.strip_prefix(code), begins))
    length = domestic.str.len_bytes()
    too_long = (length > max(plan.lengths)) & ~length.is_in(plan.local_lengths)
    better = ~domestic.str.contains(plan.general) & shorter.str.contains(plan.general)
    gone = begins & (too_long | better).fill_null(value=False)
    return pl.select(pl.when(gone).then(shorter).otherwise(domestic)).to_series(), gone, unsure & begins


def _finished(national: pl.Series, plan: Region, main: Region, accept: str) -> tuple[pl.Series, pl.Series]:
    """Return the E.164 forms of national digits, and where they are not settled."""
    enough = keep(national, national.str.len_bytes() >= SHORTEST)
    shorter, unsure = plan.without_trunk(enough)
    length = shorter.str.len_bytes()
    fits = length.is_in(plan.lengths) | (length > max(plan.lengths))
    taken = fits & ~length.is_in(plan.local_lengths)
    number = pl.select(pl.when(taken).then(shorter).otherwise(enough)).to_series()
    number = keep(number, number.str.len_bytes().is_between(SHORTEST, LONGEST))
    good = is_possible(number, main.code) if accept == POSSIBLE else is_valid(number, main.code)
    return keep(f"+{main.code}" + number, good), unsure
