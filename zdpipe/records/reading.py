"""Dialled digits → E.164, over whole columns, as libphonenumber's parser decides."""

from __future__ import annotations

import polars as pl

from zdpipe.records.numbering import (
    CALLING_CODE,
    Region,
    has_length,
    home,
    is_possible,
    is_valid,
    main_region,
)
from zdpipe.records.text import keep

POSSIBLE = "possible"
SHORTEST, LONGEST = 2, 17
_DIGITS, _NATIONAL = pl.col("digits"), pl.col("national")
_NEVER = pl.lit(value=False)


def read_numbers(dialled: pl.DataFrame, region: str, accept: str) -> pl.DataFrame:
    """Return number (E.164, null where invalid) and settled; `dialled` has digits and plus.

    Not settled are calling codes that do not exist, and trunk prefixes that stand for other digits.
    """
    plan = home(region)
    main = main_region(plan.code)
    numbered = dialled.select("digits", "plus").with_row_index("place")
    foreign, domestic = _by_origin(numbered.drop_nulls("digits"), plan)
    parts = [_without_country(foreign.filter(pl.col("code").is_null()))]
    for numbers in foreign.drop_nulls("code").partition_by("code"):
        here = main_region(int(numbers["code"][0]))
        parts.append(_finished(numbers, here, here, accept))
    told = _without_own_code(domestic, plan)
    parts.append(_finished(told.filter(pl.col("gone")), main, main, accept))
    parts.append(_finished(told.filter(~pl.col("gone")), plan, main, accept))
    found = numbered.select("place").join(pl.concat(parts), on="place", how="left", maintain_order="left")
    return found.select("number", pl.col("settled").fill_null(value=False))


def _by_origin(given: pl.DataFrame, plan: Region) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the numbers from abroad (place, plus, length, code, national, unsure), and those of the plan."""
    rest = _DIGITS.str.replace(plan.abroad, "") if plan.abroad else _DIGITS
    dialled = _DIGITS.str.contains(plan.abroad) & ~rest.str.starts_with("0") if plan.abroad else _NEVER
    told = given.with_columns(
        abroad=pl.col("plus") | dialled, number=pl.when("plus").then("digits").otherwise(rest)
    )
    number = pl.col("number")
    foreign = told.filter("abroad").select(
        "place",
        "plus",
        length=number.str.len_bytes(),
        code=pl.when(number.str.len_bytes() > SHORTEST).then(number.str.extract(f"^({CALLING_CODE})")),
        national=number.str.replace(f"^(?:{CALLING_CODE})", ""),
        unsure=_NEVER,
    )
    return foreign, told.filter(~pl.col("abroad")).select("place", "digits")


def _without_country(lost: pl.DataFrame) -> pl.DataFrame:
    """Return the numbers that no country has; behind a plus sign the library may still find one."""
    settled = ~pl.col("plus") | (pl.col("length") <= SHORTEST)
    return lost.select("place", number=pl.lit(None, pl.String), settled=settled)


def _without_own_code(domestic: pl.DataFrame, plan: Region) -> pl.DataFrame:
    """Return place, gone (the plan's own calling code was there and went), national and unsure."""
    code = str(plan.code)
    begins = _DIGITS.str.starts_with(code)
    tail = _DIGITS.str.strip_prefix(code)
    too_long = (_DIGITS.str.len_bytes() > max(plan.lengths)) & ~has_length(_DIGITS, plan.local_lengths)
    better = ~_DIGITS.str.contains(plan.general) & pl.col("shorter").str.contains(plan.general)
    told = domestic.with_columns(shorter=plan.without_trunk(tail)).with_columns(
        gone=begins & (too_long | better)
    )
    return told.select(
        "place",
        "gone",
        national=pl.when("gone").then("shorter").otherwise("digits"),
        unsure=begins & plan.with_trunk(tail) if plan.rewrites else _NEVER,
    )


def _finished(numbers: pl.DataFrame, plan: Region, main: Region, accept: str) -> pl.DataFrame:
    """Return place, number and settled of national numbers, read by a plan and judged by its calling code."""
    shorter = pl.col("shorter")
    long = shorter.str.len_bytes() > max(plan.lengths)
    taken = (has_length(shorter, plan.lengths) | long) & ~has_length(shorter, plan.local_lengths)
    told = numbers.with_columns(shorter=plan.without_trunk(_NATIONAL)).with_columns(
        digits=pl.when(taken).then("shorter").otherwise("national")
    )
    enough = _NATIONAL.str.len_bytes() >= SHORTEST
    fits = enough & _DIGITS.str.len_bytes().is_between(SHORTEST, LONGEST)
    told = told.select(
        "place",
        digits=pl.when(fits).then("digits"),
        possible=is_possible(_DIGITS, main.code),
        settled=~(pl.col("unsure") | (plan.with_trunk(_NATIONAL) if plan.rewrites else _NEVER)),
    )
    good = told["possible"] if accept == POSSIBLE else is_valid(told["digits"], main.code)
    return told.select("place", "settled", number=keep(f"+{main.code}" + told["digits"], good)).select(
        "place", "number", "settled"
    )
