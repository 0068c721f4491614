from __future__ import annotations

import json
from datetime import date, time, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records.columns import encoded, texts
from zdpipe.model.fields import Kind
from zdpipe.records.text import BLANKS, quoted, settle, text_of, trimmed


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("  Jane   Doe ", "Jane Doe"),
        ("Jane\t\nDoe", "Jane Doe"),
        ("\u3000山田\u3000太郎\u00a0", "山田 太郎"),
        ("\ufeffJane\u200b", "Jane"),
        ("O'Neil-Śmigły", "O'Neil-Śmigły"),
        ("عائشة  بنت", "عائشة بنت"),
        ("\u200b \ufeff", None),
        ("", None),
    ],
)
def test_names_lose_blanks_and_nothing_else(written: str, name: str | None) -> None:
    assert encoded(Kind.NAME, texts(written)) == [name]


def test_text_loses_surrounding_blanks_only() -> None:
    assert encoded(Kind.TEXT, texts(" a  b\n", " ", None, "\\")) == ["a  b", None, None, "\\"]


def test_every_white_space_of_unicode_is_blank() -> None:
    spaces = [chr(code) for code in range(0x110000) if chr(code).isspace() and code not in range(0x1C, 0x20)]
    assert set(spaces) <= set(BLANKS)
    assert trimmed(texts(*(f"{space}x{space}" for space in spaces))).unique().to_list() == ["x"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_any_text_is_valid_json_and_reads_back_the_same(values: list[str]) -> None:
    written = quoted(texts(*values, None)).to_list()
    assert written.pop() is None
    assert [json.loads(value) for value in written] == values


def test_letters_beyond_ascii_are_not_escaped() -> None:
    assert quoted(texts('Zoë "😀"\x01')).to_list() == ['"Zoë \\"😀\\"\\u0001"']


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (pl.Series([12.0]), "12"),
        (pl.Series([0.1], dtype=pl.Float32), "0.1"),
        (pl.Series([12], dtype=pl.UInt8), "12"),
        (pl.Series([True]), "true"),
        (pl.Series(["a"], dtype=pl.Categorical), "a"),
        (pl.Series(["a"], dtype=pl.Enum(["a"])), "a"),
        (pl.Series([time(10, 30)]), "10:30:00"),
        (pl.Series([date(2020, 1, 31)]), "2020-01-31"),
        (pl.Series([b"\xff\x00"]), "ff00"),
        (pl.Series([["é", None]]), '["é", null]'),
        (pl.Series([["a"]], dtype=pl.Array(pl.String, 1)), '["a"]'),
        (pl.Series([{"a": 1}]), '{"a": 1}'),
        (pl.Series([timedelta(days=1)]), '"1 day, 0:00:00"'),
        (pl.Series([None]), None),
    ],
)
def test_a_column_of_any_type_has_a_text(column: pl.Series, text: str | None) -> None:
    assert text_of(column).dtype == pl.String
    assert text_of(column).to_list() == [text]
    assert text_of(column.clear()).to_list() == []


def test_each_distinct_value_is_settled_once() -> None:
    asked: list[str] = []

    def decide(value: str) -> str | None:
        asked.append(value)
        return value.upper() if value != "b" else None

    assert settle(texts("a", "b", None, "a"), decide).to_list() == ["A", None, None, "A"]
    assert sorted(asked) == ["a", "b"]
    assert settle(texts(None), decide).to_list() == [None]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pl.Series([[" a ", "", None, "é"], [], None, [" "]]), [["a", "é"], None, None, None]),
        (pl.Series([["a"]], dtype=pl.Array(pl.String, 1)), [["a"]]),
        (pl.Series([[1, 2]]), [["1", "2"]]),
        (
            texts("a, b,,c ", '["x, y", " z "]', "[a", '["a", 1]', " , ", None),
            [["a", "b", "c"], ["x, y", "z"], ["[a"], ['["a"', "1]"], None, None],
        ),
        (texts("[]", '[" "]'), [None, None]),
        (pl.Series([7]), [["7"]]),
    ],
)
def test_lists_are_arrays_of_trimmed_texts(column: pl.Series, expected: list[Any]) -> None:
    assert encoded(Kind.TEXT_LIST, column) == expected
