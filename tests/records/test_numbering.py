from __future__ import annotations

import phonenumbers
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zdpipe.records.numbering import is_valid

SHARED = sorted(
    code for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items() if len(regions) > 1
)


def examples(code: int) -> list[str]:
    """The number that libphonenumber shows for each region of a calling code."""
    shown = [phonenumbers.example_number(region) for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]]
    return [phonenumbers.national_significant_number(number) for number in shown if number is not None]


def by_library(national: str, code: int) -> bool:
    zeros = len(national) - len(national.lstrip("0"))
    number = phonenumbers.PhoneNumber(
        country_code=code,
        national_number=int(national),
        italian_leading_zero=zeros > 0 or None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )
    return phonenumbers.is_valid_number(number)


@pytest.mark.parametrize("code", SHARED)
def test_every_region_of_a_shared_calling_code_has_its_numbers(code: int) -> None:
    shown = examples(code)
    assert is_valid(pl.Series(shown), code).to_list() == [True] * len(shown)


@st.composite
def numbers(draw: st.DrawFn, code: int) -> str:
    """A number that begins like one of some region, mostly as long as that."""
    example = draw(st.sampled_from(examples(code)))
    kept = draw(st.integers(0, len(example)))
    digits = len(example) - kept
    end = st.text("0123456789", min_size=digits, max_size=digits) | st.text("0123456789", max_size=8)
    return (example[:kept] + draw(end)).rstrip("0") or example


@settings(max_examples=100)
@given(st.data(), st.sampled_from(SHARED))
def test_numbers_near_those_of_a_region_are_judged_as_the_library_does(
    data: st.DataObject, code: int
) -> None:
    near = data.draw(st.lists(numbers(code), min_size=1, max_size=20))
    assert is_valid(pl.Series(near), code).to_list() == [by_library(number, code) for number in near]
