from __future__ import annotations

import pytest

from tests.query.test_files import read
from zdpipe.model.finding import Span


def test_options_are_read_from_all_leading_comment_lines() -> None:
    query = read(
        "-- Users of the shop\n\n\t--zdpipe: dialect=presto\n-- zdpipe: dialect=trino\r\nSELECT 1 AS name"
    )
    assert query.options == {"dialect": "trino"}
    assert query.dialect == "trino"
    assert query.statement is not None


def test_a_header_after_the_first_sql_is_a_comment() -> None:
    query = read("SELECT 1 AS name\n-- zdpipe: dialect=trino")
    assert (query.options, query.dialect) == ({}, "duckdb")


@pytest.mark.parametrize(
    ("text", "span", "words"),
    [
        ("-- zdpipe: dialct=trino\nSELECT 1", Span(1, 12, 1, 24), "Did you mean `dialect`"),
        ("\n--zdpipe: dialect=spark, dialect=trinno", Span(2, 26, 2, 40), "Did you mean `trino`"),
        ("-- zdpipe: dialect", Span(1, 12, 1, 19), "is no dialect"),
        ("-- zdpipe: strict=yes", Span(1, 12, 1, 22), "not an option of the header"),
        ("-- zdpipe: draft=maybe", Span(1, 12, 1, 23), "Write one of: no, yes"),
    ],
)
def test_a_wrong_option_is_a_problem_at_its_place(text: str, span: Span, words: str) -> None:
    problem = read(text).problem
    assert problem is not None
    assert problem.span == span
    assert words in problem.message


def test_the_header_says_what_is_done_to_customers_who_are_gone() -> None:
    assert read("-- zdpipe: gone=tag\nSELECT 1 AS name").options == {"gone": "tag"}
    problem = read("-- zdpipe: gone=erase\nSELECT 1 AS name").problem
    assert problem is not None
    assert "Write one of: blank, delete, report, suspend, tag." in problem.message


def test_the_header_says_that_a_query_is_a_draft() -> None:
    assert read("-- zdpipe: draft=yes\nSELECT 1 AS name").options == {"draft": "yes"}
