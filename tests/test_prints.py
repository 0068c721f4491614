from __future__ import annotations

import string
import subprocess
import sys
from itertools import product

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdpipe.prints import can_be_printed, prints_of, sample_print

texts = st.lists(
    st.tuples(st.one_of(st.none(), st.text()), st.one_of(st.none(), st.integers(-9, 9))), max_size=20
)


def frame(rows: list[tuple[str | None, int | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"text": pl.String, "number": pl.Int64}, orient="row")


@given(texts, texts)
def test_a_row_has_one_print_wherever_it_stands(
    rows: list[tuple[str | None, int | None]], others: list[tuple[str | None, int | None]]
) -> None:
    alone = [series.to_list() for series in prints_of(frame(rows))]
    among = [series.to_list()[len(others) :] for series in prints_of(frame([*others, *rows]))]
    chunked = pl.concat([frame(others), frame(rows)], rechunk=False)
    apart = [series.to_list()[len(others) :] for series in prints_of(chunked)]
    assert alone == among == apart


@given(texts)
def test_rows_that_differ_have_prints_that_differ(rows: list[tuple[str | None, int | None]]) -> None:
    distinct = list(dict.fromkeys(rows))
    assert len(set(zip(*prints_of(frame(distinct)), strict=True))) == len(distinct)


def test_texts_that_differ_in_two_letters_have_prints_that_differ() -> None:
    letters = string.ascii_letters + string.digits
    alike = pl.DataFrame({"text": [f"abcdefg{a}ijklmno{b}" for a, b in product(letters, letters)]})
    assert all(series.n_unique() == alike.height for series in prints_of(alike))


def test_zero_and_minus_zero_are_told_apart() -> None:
    first, second = prints_of(pl.DataFrame({"number": [0.0, -0.0, 1.0, float("nan"), None]}))
    assert first.n_unique() == second.n_unique() == 5


def test_moving_a_letter_from_column_to_column_changes_the_print() -> None:
    first, _ = prints_of(pl.DataFrame({"a": ["ab", "a"], "b": ["c", "bc"]}))
    assert first.n_unique() == 2


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        (pl.String(), True),
        (pl.Decimal(38, 2), True),
        (pl.Datetime("us", "UTC"), True),
        (pl.List(pl.String), True),
        (pl.List(pl.Float64), False),
        (pl.Enum(["a"]), False),
        (pl.Categorical(), False),
        (pl.List(pl.Enum(["a"])), False),
        (pl.Struct({"a": pl.String}), False),
        (pl.Object(), False),
    ],
)
def test_columns_whose_hash_is_not_their_values_are_told(type_: pl.DataType, expected: bool) -> None:
    assert can_be_printed([pl.String(), type_]) is expected


def test_prints_are_the_same_in_another_process() -> None:
    program = "from zdpipe.prints import sample_print; print(sample_print())"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout == f"{sample_print()}\n"
    assert len(set(sample_print())) == 6  # three rows that differ, two halves of a print each
