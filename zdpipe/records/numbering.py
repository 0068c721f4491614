"""The numbering plans of the world as patterns over whole columns.

All of it is libphonenumber's own, read from its metadata, so that both always say the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from zdpipe.records.text import keep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from phonenumbers.phonemetadata import PhoneNumberDesc

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
# No calling code begins like another one.
CALLING_CODE = "|".join(str(code) for code in sorted(COUNTRY_CODE_TO_REGION_CODE, reverse=True))


@dataclass(frozen=True, slots=True)
class Region:
    """One region's plan; a pattern that is empty matches nothing.

    `leading` are the digits that tell the region from others of its calling code, `general` all its numbers,
    `types` its numbers by the lengths they may have. `trunk` is what is dialled before national numbers;
    `rewrites` tells that it may be replaced by other digits. `abroad` is dialled before a calling code.
    """

    code: int
    leading: str
    general: str
    types: tuple[tuple[tuple[int, ...], str], ...]
    trunk: str
    rewrites: bool
    abroad: str
    lengths: tuple[int, ...]
    local_lengths: tuple[int, ...]

    def has(self, digits: pl.Expr) -> pl.Expr:
        """Tell of national numbers whether they exist in this region."""
        by_type = [
            has_length(digits, lengths) & digits.str.contains(pattern) for lengths, pattern in self.types
        ]
        return digits.str.contains(self.general) & pl.any_horizontal(pl.lit(value=False), *by_type)

    def claims(self, digits: pl.Expr) -> pl.Expr:
        """Tell of national numbers whether this region decides about them, among those of its code."""
        return digits.str.contains(self.leading) if self.leading else self.has(digits)

    def with_trunk(self, digits: pl.Expr) -> pl.Expr:
        """Tell of national numbers whether they begin with what is dialled before them."""
        return digits.str.contains(self.trunk) if self.trunk else pl.lit(value=False)

    def without_trunk(self, digits: pl.Expr) -> pl.Expr:
        """Return national numbers without what is dialled before them; not for regions that rewrite it."""
        if not self.trunk or self.rewrites:
            return digits
        shorter = digits.str.replace(self.trunk, "")
        spoilt = digits.str.contains(self.general) & ~shorter.str.contains(self.general)
        return pl.when(self.with_trunk(digits) & ~spoilt).then(shorter).otherwise(digits)


@cache
def region_of(name: str, code: int) -> Region:
    """Return the plan of a region, given with its calling code; `001` is a code that no country has."""
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, name)
    if metadata is None or metadata.general_desc is None:
        raise LookupError(name)
    general = metadata.general_desc
    return Region(
        code=code,
        leading=_start(metadata.leading_digits),
        general=_whole([general]),
        types=_types([getattr(metadata, kind) for kind in TYPES], general),
        trunk=_start(metadata.national_prefix_for_parsing),
        rewrites=bool(metadata.national_prefix_transform_rule),
        abroad=_start(metadata.international_prefix),
        lengths=tuple(general.possible_length),
        local_lengths=tuple(general.possible_length_local_only),
    )


def home(region: str) -> Region:
    """Return the plan of a region by its two capitals."""
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None or metadata.country_code is None:
        raise LookupError(region)
    return region_of(region, metadata.country_code)


def main_region(code: int) -> Region:
    """Return the plan by which the numbers of a calling code are read."""
    return region_of(COUNTRY_CODE_TO_REGION_CODE[code][0], code)


def is_valid(national: pl.Series, code: int) -> pl.Series:
    """Tell of each national number whether libphonenumber finds it valid under a calling code.

    The first region that claims a number decides: by its leading digits where it has some, else by having it.
    """
    regions = tuple(region_of(name, code) for name in COUNTRY_CODE_TO_REGION_CODE[code])
    first, *others = regions
    digits = pl.col("digits")
    if not others or first.leading:
        return _tested(national, first.has(digits) if not others else _decided(regions))
    valid = _tested(national, first.has(digits))
    rest = keep(national, ~valid).drop_nulls().unique()
    if rest.is_empty():
        return valid
    return valid | national.is_in(_valid_among(rest, others).implode()).fill_null(value=False)


def _valid_among(national: pl.Series, regions: Sequence[Region]) -> pl.Series:
    """Return those of some distinct national numbers that the first region to claim them has.

    Only regions that can have a number are asked: the patterns of a region that is told by leading digits, as
    most of North America's are, wait until somebody is from there.
    """
    lengths = {length for region in regions for several, _ in region.types for length in several}
    possible = national.filter(_tested(national, has_length(pl.col("digits"), tuple(sorted(lengths)))))
    # In the order of the regions, so that the first that begins a number is the first that claims it.
    told = "|".join(region.leading for region in regions if region.leading) or "^"
    leading = possible.str.extract(f"({told})").fill_null("")
    parts = pl.DataFrame({"digits": possible, "leading": leading}).partition_by("leading")
    found = [_valid_of(part["digits"], part["leading"][0], regions) for part in parts]
    return pl.concat([national.clear(), *found])


def _valid_of(national: pl.Series, leading: str, regions: Sequence[Region]) -> pl.Series:
    """Return those of some national numbers with the same leading digits that exist."""
    able = tuple(region for region in regions if not region.leading or re.match(region.leading, leading))
    return national.filter(_tested(national, _decided(able)))


@cache
def _decided(regions: tuple[Region, ...]) -> pl.Expr:
    digits = pl.col("digits")
    decided = pl.lit(value=False)
    for region in reversed(regions):
        decided = pl.when(region.claims(digits)).then(region.has(digits)).otherwise(decided)
    return decided


def _tested(national: pl.Series, test: pl.Expr) -> pl.Series:
    return national.alias("digits").to_frame().select(test.fill_null(value=False)).to_series()


def is_possible(digits: pl.Expr, code: int) -> pl.Expr:
    """Tell of national numbers whether their length could exist under a calling code, in any town."""
    region = main_region(code)
    return has_length(digits, region.lengths) & ~has_length(digits, region.local_lengths)


def has_length(digits: pl.Expr, lengths: tuple[int, ...]) -> pl.Expr:
    """Tell of texts whether they have one of these lengths, in bytes."""
    return digits.str.len_bytes().is_in(_several(lengths))


@cache
def _several(numbers: tuple[int, ...]) -> pl.Expr:
    # Making one of a tuple takes longer than testing a batch.
    return pl.lit(pl.Series(numbers, dtype=pl.UInt32)).implode()


def _types(
    descriptions: list[PhoneNumberDesc | None], general: PhoneNumberDesc
) -> tuple[tuple[tuple[int, ...], str], ...]:
    by_lengths: dict[tuple[int, ...], list[PhoneNumberDesc]] = defaultdict(list)
    for desc in descriptions:
        if desc is not None and desc.national_number_pattern:
            by_lengths[tuple(desc.possible_length or general.possible_length)].append(desc)
    return tuple((lengths, _whole(several)) for lengths, several in by_lengths.items())


def _whole(descriptions: list[PhoneNumberDesc]) -> str:
    patterns = [desc.national_number_pattern for desc in descriptions if desc.national_number_pattern]
    return _ascii(f"^(?:{'|'.join(patterns)})$") if patterns else r"[^\s\S]"


def _start(pattern: str | None) -> str:
    return _ascii(f"^(?:{pattern})") if pattern else ""


def _ascii(pattern: str) -> str:
    # In Polars' regular expressions \\d is every decimal digit of Unicode, which is slow and not meant.
    return pattern.replace(r"\d", "[0-9]")
