from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zdpipe.records.normalize import normalize
from zdpipe.records.rules import rules_for
from zdpipe.records.spelling import respelled


def rows(columns: dict[str, Sequence[object]], first_row: int = 1) -> list[int]:
    frame = pl.DataFrame(columns)
    rules = rules_for(frame.schema)
    records = normalize(frame, first_row, rules).records
    return respelled(frame, first_row, records, rules).to_list()


@pytest.mark.parametrize(
    ("column", "source", "differs"),
    [
        ("name", "Ada Lovelace", False),
        ("name", "Ada  Lovelace", True),
        ("name", " Ada", True),
        ("name", 'Ada "the\\first" Lovelace', False),
        ("name", "Ada Lovelace\x7f", True),  # no character of a name
        ("email", "ada@example.com", False),
        ("email", "Ada@example.com", True),
        ("phone", "+12127365000", False),
        ("phone", "(212) 736-5000", True),
        ("phone", "12", False),  # left out, so it is sent in no spelling
        ("phone", "  ", False),
        ("phone", None, False),
        ("user_fields.state", "NY", False),
        ("user_fields.state", "new york", True),
        ("details", "two\nlines", False),
    ],
)
def test_a_text_that_is_sent_otherwise_is_found(column: str, source: str | None, differs: bool) -> None:
    others = {"external_id": ["a"], "name": ["Ada"]}
    values = pl.Series([source], dtype=pl.String)
    assert rows({**others, column: values}) == ([1] if differs else [])


def test_columns_of_other_types_have_no_spelling() -> None:
    assert rows({"external_id": ["a"], "name": ["Ada"], "user_fields.ltv": [1.005]}) == []
    assert rows({"external_id": ["a"], "name": ["Ada"], "user_fields.n": [7], "verified": [True]}) == []


def test_rejected_rows_are_skipped_and_rows_keep_their_numbers() -> None:
    columns = {"external_id": ["a", None, "c", " d"], "name": ["Ada", "x", "Cleo ", "Di"]}
    assert rows(columns, first_row=50_001) == [50_003, 50_004]


@settings(deadline=None)
@given(st.text(min_size=1).filter(lambda text: not any("\ud800" <= letter <= "\udfff" for letter in text)))
def test_what_is_sent_as_it_is_written_differs_from_nothing(text: str) -> None:
    frame = pl.DataFrame({"external_id": ["a"], "name": ["Ada"], "details": [text]})
    rules = rules_for(frame.schema)
    records = normalize(frame, 1, rules).records
    sent = records["details"].str.json_decode(pl.String).to_list()
    expected = [] if sent[0] is None or sent[0] == text else [1]
    assert respelled(frame, 1, records, rules).to_list() == expected
