from __future__ import annotations

import sys

import duckdb
import pytest

from tests.query.test_files import read
from zdpipe.model.finding import Span
from zdpipe.model.query import ParseProblem
from zdpipe.query.parse import parse


@pytest.mark.parametrize(
    ("text", "span", "words"),
    [
        ("SELECT a\r\n\tFROM", Span(2, 2, 2, 6), "table name"),
        ("SELECT '😀', b FROM u JOIN (SELECT c FROM) x", Span(1, 41, 1, 42), "`)`"),
        ("SELECT 'abc\nd", Span(1, 8, 1, 12), "closing `'`"),
        ("SELECT\n  city AS user_fields.city", Span(2, 22, 2, 23), '"user_fields.city"'),
        ("SELECT " + "(" * 10_000 + "1" + ")" * 10_000, Span(1, 10_007, 1, 10_008), "10000 brackets"),
    ],
)
def test_a_syntax_error_is_a_problem_at_its_exact_place(text: str, span: Span, words: str) -> None:
    problem = read(text).problem
    assert problem is not None
    assert problem.span == span
    assert words in problem.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT a b c FROM t", "`c` is not expected here. Is a comma or an operator missing before it?"),
        ("SELECT a FORM t", "`t` is not expected here. Did you mean `FROM` by `FORM`?"),
        ("SELEC a FROM t", "`FROM` is not expected here. Did you mean `SELECT` by `SELEC`?"),
        ("SELECT a FROM t WHERE", "Something is missing after `WHERE`."),
        ("SELECT a FROM t WHERE x = ;", "Something is missing after `=`."),
        ("SELECT a FROM t WHERE AND b", "Something is missing before `b`."),
        ("SELECT a -> FROM t", "Something is missing before `FROM`."),
        ("SELECT lower(a AS name FROM t", "A `)` is missing before `AS`."),
        ("SELECT a FROM t WHERE x IN (1, 2", "A `)` is missing after `2`."),
        ("SELECT a,\n  , b FROM t", "Nothing stands between these two commas. Remove one of them."),
        (
            "SELECT a FROM {{ ref('t') }}",
            (
                "Expected table name but got `{`. This looks like a template, and zdpipe reads plain SQL. "
                "Lint what it is rendered to."
            ),
        ),
        ("SELECT a /* b\nFROM t", "What begins here never ends: the closing `*/` is missing."),
    ],
)
def test_a_syntax_error_is_told_in_words_that_help(text: str, message: str) -> None:
    problem = read(text).problem
    assert problem is not None
    assert problem.message == message


def test_the_quotes_of_another_dialect_are_told() -> None:
    problem = read("-- zdpipe: dialect=trino\nSELECT `a` FROM t").problem
    assert problem is not None
    assert problem.message == '``` is not expected here. In trino SQL a name is quoted with ".'


def test_three_hundred_brackets_are_read_and_the_recursion_limit_is_put_back() -> None:
    before = sys.getrecursionlimit()
    assert read("SELECT " + "(" * 300 + "1" + ")" * 300).statement is not None
    assert sys.getrecursionlimit() == before


@pytest.mark.parametrize(
    "text", ["\x00\x01\x02", "SELECT /* never", "{% if %}", "\ufffd" * 50, "SELECT x'zz'"]
)
def test_strange_text_ends_in_statements_or_a_problem(text: str) -> None:
    query = read(text)
    assert bool(query.statements) != (query.problem is not None)


def test_list_items_and_statements_know_their_extent() -> None:
    text = "SELECT CASE WHEN a THEN (b) END AS c, count(*) FROM t;  SELECT 2"
    first, second = read(text).statements
    extents = [item.meta["span"] for item in (*first.expressions, first, second)]
    assert [text[start:end] for start, end in extents] == [
        "CASE WHEN a THEN (b) END AS c",
        "count(*)",
        "SELECT CASE WHEN a THEN (b) END AS c, count(*) FROM t",
        "SELECT 2",
    ]


def test_statements_kept_as_bare_text_are_not_announced(capfd: pytest.CaptureFixture[str]) -> None:
    assert len(read("CALL something(1)").statements) == 1
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT `a``b` AS `user_fields.city` FROM `Customer_360`",
        "SELECT x'1A2B' AS a, X'0f' AS b",
        "SELECT b'0101' AS a, B'01' AS b",
    ],
)
def test_quotes_that_only_the_engine_knows(text: str) -> None:
    duckdb.extract_statements(text)
    assert isinstance(parse(text, "duckdb"), tuple)


def test_the_grammar_is_what_refused_a_text_and_not_its_depth() -> None:
    for text, by_grammar in (("SELECT 1 <<| 2", True), ("SELECT 'x", True), ("SELECT " + "(" * 9_000, False)):
        problem = parse(text, "duckdb")
        assert isinstance(problem, ParseProblem)
        assert problem.by_grammar is by_grammar
