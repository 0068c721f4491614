from __future__ import annotations

import json
from datetime import date, time, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records.columns import encoded, reasons, texts
from zdpipe.model.fields import Kind
from zdpipe.records.column import ColumnRule, Reading
from zdpipe.records.encode import encode
from zdpipe.records.normalize import normalize
from zdpipe.records.rules import Rules, rules_for
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


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.NAME])
def test_what_nobody_sees_is_left_out_with_a_warning(kind: Kind) -> None:
    column = texts("Ja\x00ne", "\u200bJoe", "A\u200bB\u2060C\ufeff!", "\x01", "\x1f \x00", "Ann", None)
    assert encoded(kind, column) == ["Jane", "Joe", "ABC!", None, None, "Ann", None]
    assert reasons(kind, column) == {"characters_dropped": [0, 2, 3, 4]}


@pytest.mark.parametrize(
    "written",
    [
        "نیما می\u200cخواهد",
        "क्\u200dष",
        "👩\u200d🚀",
        "\u200fעדי\u200e (Adi)",
        "e\u0301",
        "é",
        "İSTANBUL",
        "Ｆｕｌｌ",
        "ﬁ",
        "สมชาย",
        "Nguyễn Thị Ánh",
        "\u2066x\u2069",
        "O\u2019Neil\u00ad",
    ],
)
def test_marks_that_scripts_need_stay(written: str) -> None:
    for kind in (Kind.TEXT, Kind.NAME):
        assert encoded(kind, texts(written)) == [written]
        assert reasons(kind, texts(written)) == {}


def test_lines_stay_in_texts_and_become_blanks_in_names() -> None:
    assert encoded(Kind.TEXT, texts("a\n\tb\r\nc")) == ["a\n\tb\r\nc"]
    assert encoded(Kind.NAME, texts("a\n\tb\r\nc")) == ["a b c"]


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.NAME])
def test_a_text_that_is_too_long_is_never_cut(kind: Kind) -> None:
    rule = ColumnRule("alias", kind, max_length=4)
    found = encode(texts("abcd", "äöü😀", " abcd ", "abcde", "abc\x00d", None), rule, Rules((rule,)))
    assert found.values.to_list() == ['"abcd"', '"äöü😀"', '"abcd"', None, '"abcd"', None]
    long, dropped = found.remarks
    assert (long.reason.value, long.rows.arg_true().to_list()) == ("text_too_long", [3])
    assert long.fits == "at most 4 characters"
    assert dropped.rows.arg_true().to_list() == [4]


def test_a_name_that_is_too_long_says_so_and_not_that_it_is_missing() -> None:
    frame = pl.DataFrame({"external_id": ["1", "2"], "name": ["Jane Doe", None]})
    rules = rules_for(frame.schema, readings={"name": Reading(max_length=4)})
    assert normalize(frame, 1, rules).rejections["reason"].to_list() == ["text_too_long", "name_missing"]


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
