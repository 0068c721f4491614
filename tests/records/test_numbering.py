from __future__ import annotations

import phonenumbers
import polars as pl
import pytest
from hypothesis import given
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


def test_nulls_and_lengths_that_no_number_has_are_no_numbers() -> None:
    given = pl.Series([None, "", "1", "2125550100", "2125550100", "7875550100", "7875550100" * 2])
    assert is_valid(given, 1).to_list() == [False, False, False, True, True, True, False]
    assert is_valid(pl.Series(["12"]), 1).to_list() == [False]
    assert is_valid(pl.Series([], dtype=pl.String), 1).to_list() == []


@st.composite
def numbers(draw: st.DrawFn, code: int) -> str:
    """A number that begins like one of some region, mostly as long as that."""
    example = draw(st.sampled_from(examples(code)))
    kept = draw(st.integers(0, len(example)))
    digits = len(example) - kept
    end = st.text("0123456789", min_size=digits, max_size=digits) | st.text("0123456789", max_size=8)
    number = example[:kept] + draw(end)
    return number if number.strip("0") else example  # to the library, zeros alone are one zero more


@pytest.mark.parametrize("code", SHARED)
@given(st.data())
def test_numbers_near_those_of_a_region_are_judged_as_the_library_does(
    code: int, data: st.DataObject
) -> None:
    near = data.draw(st.lists(numbers(code), min_size=1, max_size=20))
    assert is_valid(pl.Series(near), code).to_list() == [by_library(number, code) for number in near]
