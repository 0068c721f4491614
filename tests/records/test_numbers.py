from __future__ import annotations

import json
import math
import struct
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records.columns import encoded, reasons, texts
from zdpipe.model.fields import Kind
from zdpipe.records.column import ColumnRule
from zdpipe.records.encode import encode
from zdpipe.records.numbers import decimals, integers
from zdpipe.records.rules import Rules

CENT = Decimal("0.01")
LIMIT = Decimal(10) ** 8


def judged(number: Decimal) -> str | None:
    """What the standard library's decimal arithmetic says of a number's two decimals."""
    if abs(number) >= 2 * LIMIT:
        return None
    rounded = number.quantize(CENT, ROUND_HALF_UP)
    if abs(rounded) >= LIMIT:
        return None
    return format(rounded if rounded else abs(rounded), "f")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.005", "1.01"),
        ("2.675", "2.68"),
        ("-1.005", "-1.01"),
        ("1.0049999999999999", "1.00"),
        ("12", "12.00"),
        ("12.", "12.00"),
        (".5", "0.50"),
        ("+.5", "0.50"),
        ("007.1", "7.10"),
        ("-0", "0.00"),
        ("-0.004", "0.00"),
        ("-0.005", "-0.01"),
        ("5e-3", "0.01"),
        ("1e-7", "0.00"),
        ("1.5E3", "1500.00"),
        ("9.9999999994e7", "99999999.99"),
        ("99999999.994", "99999999.99"),
        ("99999999.995", None),
        ("-99999999.995", None),
        ("100000000", None),
        ("1e+20", None),
        ("-1e+20", None),
        ("1e9999", None),
        ("1e99999999999", None),
        ("1,234.50", "1234.50"),
        ("1,234,567", "1234567.00"),
        ("12,345,678.999", "12345679.00"),
        ("1.234,50", "1234.50"),
        ("1.234.567", "1234567.00"),
        ("1 234,50", "1234.50"),
        ("1 234 567", "1234567.00"),
        ("1'234.50", "1234.50"),
        ("12,50", "12.50"),
        ("0,125", "0.13"),
        ("1234,567", "1234.57"),
        ("\u22125", "-5.00"),
        ("(12.00)", "-12.00"),
        ("(1,234.50)", "-1234.50"),
        ("$12", "12.00"),
        ("$ 1,234", "1234.00"),
        ("-$12.5", "-12.50"),
        ("$-12.5", "-12.50"),
        ("($12)", "-12.00"),
        ("12 €", "12.00"),
        ("€1.234,50", "1234.50"),
        ("1,234", None),
        ("-1,234", None),
        ("$1.234", None),
        ("1,23,456", None),
        ("1,234.", None),
        ("1,2345.00", None),
        ("1 2345", None),
        ("(-5)", None),
        ("()", None),
        ("5-", None),
        ("--5", None),
        ("$", None),
        ("$$5", None),
        ("12%", None),
        ("12 EUR", None),
        ("1_000", None),
        ("٣", None),
        ("1.2.3", None),
        (".", None),
        ("-", None),
        ("true", None),
    ],
)
def test_a_text_becomes_two_decimals_or_nothing(text: str, expected: str | None) -> None:
    assert decimals(texts(text)).to_list() == [expected]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_floats_round_half_away_from_zero_on_their_shortest_text(values: list[float]) -> None:
    rule = ColumnRule("user_fields.c", Kind.DECIMAL)
    got = encode(pl.Series(values, dtype=pl.Float64), rule, Rules((rule,))).values
    assert got.to_list() == [judged(Decimal(repr(value))) for value in values]


@given(st.lists(st.integers(-(10**11), 10**11), min_size=1), st.integers(0, 6))
def test_halves_and_near_halves_of_a_cent_round_as_written(numbers: list[int], places: int) -> None:
    values = [Decimal(number).scaleb(-places) for number in numbers]
    got = decimals(texts(*(format(value, "f") for value in values)))
    assert got.to_list() == [judged(value) for value in values]


@given(st.lists(st.decimals(-LIMIT, LIMIT, allow_nan=False, places=7), min_size=1))
def test_decimal_columns_round_like_the_decimal_module(values: list[Decimal]) -> None:
    rule = ColumnRule("user_fields.c", Kind.DECIMAL)
    got = encode(pl.Series(values, dtype=pl.Decimal(20, 7)), rule, Rules((rule,))).values
    assert got.to_list() == [judged(value) for value in values]


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False, max_value=1e6, min_value=-1e6)))
def test_single_precision_floats_go_by_their_own_short_text(values: list[float]) -> None:
    column = pl.Series(values, dtype=pl.Float32)
    got = [Decimal(str(value)) for value in encoded(Kind.DECIMAL, column)]
    for shown, value in zip(got, values, strict=True):
        shortest = next(
            text
            for digits in range(1, 10)
            if struct.pack("f", float(text := f"{value:.{digits}g}")) == struct.pack("f", value)
        )
        assert judged(Decimal(shortest)) == format(shown.quantize(CENT), "f")


@pytest.mark.parametrize("dtype", [pl.Decimal(10, 2), pl.Decimal(18, 0), pl.Decimal(10, 1), pl.Int64])
def test_numbers_of_few_decimals_are_written_with_two(dtype: pl.DataType) -> None:
    rule = ColumnRule("user_fields.c", Kind.DECIMAL)
    assert encode(pl.Series([12], dtype=dtype), rule, Rules((rule,))).values.to_list() == ["12.00"]


def test_a_currency_is_left_out_with_a_warning() -> None:
    column = texts("$12", "12", "much $", "12 €", None)
    assert reasons(Kind.DECIMAL, column) == {"invalid_decimal": [2], "currency_dropped": [0, 3]}
    assert reasons(Kind.INTEGER, column) == {"invalid_integer": [2], "currency_dropped": [0, 3]}


@given(st.integers(1, 10**10 - 1), st.booleans())
def test_every_way_to_part_thousands_is_the_same_number(cents: int, negative: bool) -> None:
    value = Decimal(cents).scaleb(-2) * (-1 if negative else 1)
    english = f"{value:,.2f}"
    others = [
        english.translate(str.maketrans(",.", ".,")),
        english.replace(",", " "),
        english.replace(",", "\u202f").replace(".", ","),
        english.replace(",", "’"),
        english.replace("-", "\u2212"),
        f"({english.strip('-')})" if value < 0 else f"+{english}",
        f"${english}",
    ]
    assert set(decimals(texts(english, *others))) == {format(value, "f")}


@given(st.lists(st.text("0123456789,.'-+$€() \u2212", max_size=12).map(str.strip)))
def test_what_was_read_of_any_spelling_is_read_again_the_same(written: list[str]) -> None:
    for read in (decimals, integers):
        once = read(texts(*written))
        assert read(once).to_list() == once.to_list()


def test_infinity_and_nan_are_missing_and_not_invalid() -> None:
    column = pl.Series([1.5, math.nan, math.inf, -math.inf, None])
    assert encoded(Kind.DECIMAL, column) == [1.5, None, None, None, None]
    assert reasons(Kind.DECIMAL, column) == {"not_finite": [1, 2, 3]}
    assert reasons(Kind.DECIMAL, texts("NaN", "-Infinity", "nano", "1")) == {
        "invalid_decimal": [2],
        "not_finite": [0, 1],
    }
    assert reasons(Kind.TEXT, column) == {"not_finite": [1, 2, 3]}


def test_a_number_too_large_is_invalid_and_not_cut() -> None:
    assert reasons(Kind.DECIMAL, pl.Series([1e8, 99999999.99, -1e300])) == {"invalid_decimal": [0, 2]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", "12"),
        ("+12", "12"),
        ("-0", "0"),
        ("007", "7"),
        ("12.0", "12"),
        ("12.", "12"),
        ("9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", None),
        ("12.5", None),
        ("1,234", "1234"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1 234", "1234"),
        ("1'234", "1234"),
        ("1,234.0", "1234"),
        ("(1,234)", "-1234"),
        ("\u22125", "-5"),
        ("$12", "12"),
        ("1,234.5", None),
        ("1.234", None),
        ("1e3", None),
        ("true", None),
        ("twelve", None),
        ("٣", None),
    ],
)
def test_a_text_becomes_a_whole_number_or_nothing(text: str, expected: str | None) -> None:
    assert integers(texts(text)).to_list() == [expected]


def test_whole_floats_and_wide_integers_are_whole_numbers() -> None:
    assert encoded(Kind.INTEGER, pl.Series([12.0, -3.0, 0.5, 1e17])) == [12, -3, None, None]
    assert encoded(Kind.INTEGER, pl.Series([7], dtype=pl.Decimal(38, 0))) == [7]
    assert encoded(Kind.INTEGER, pl.Series([7, 2**63], dtype=pl.UInt64)) == [7, None]
    assert reasons(Kind.INTEGER, pl.Series([True, None])) == {"invalid_integer": [0]}


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_integers_are_written_digit_for_digit(values: list[int]) -> None:
    assert encoded(Kind.INTEGER, pl.Series(values, dtype=pl.Int64)) == values


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_two_decimals_are_json_numbers(value: float) -> None:
    rule = ColumnRule("user_fields.c", Kind.DECIMAL)
    (text,) = encode(pl.Series([value]), rule, Rules((rule,))).values
    assert text is None or isinstance(json.loads(text), float)
