"""Twice the text costs twice the work; work is counted in calls, which no busy machine changes."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tests.lint.build import ACCOUNTS, SCHEMA, a_query
from zdpipe.lint import LintContext, lint

START = "SELECT amperity_id AS external_id, full_name AS name"
FROM = " FROM Customer_360"

TEXTS: dict[str, Callable[[int], str]] = {
    "a chain of texts": lambda n: f"{START}, {'city || ' * n}city AS notes{FROM}",
    "a chain of unknown columns": lambda n: f"{START}, {'nobody || ' * n}city AS notes{FROM}",
    "a chain of sums": lambda n: f'{START}, {"lifetime_value + " * n}1 AS "user_fields.points"{FROM}',
    "conditions": lambda n: f"{START}{FROM} WHERE {'city = email AND ' * n}true",
    "alternatives": lambda n: f"{START}{FROM} WHERE {'(city = email) OR ' * n}true",
    "a list to compare with": lambda n: f"{START}{FROM} WHERE city IN ({', '.join(['email'] * n)})",
    "branches": lambda n: f"{START}, CASE {'WHEN city = email THEN phone ' * n}END AS notes{FROM}",
    "columns": lambda n: START + "".join(f', city AS "user_fields.c{i}"' for i in range(n)) + FROM,
    "columns of one name": lambda n: f"{START}{', city AS notes' * n}{FROM}",
    "united queries": lambda n: f"{START}{FROM}{f' UNION ALL {START}{FROM}' * (n // 10)}",
    "joins": lambda n: (
        f"SELECT c.amperity_id AS external_id, full_name AS name{FROM} c"
        + "".join(f" JOIN Orders o{i} ON o{i}.amperity_id = c.amperity_id" for i in range(n // 10))
    ),
    "suppressions": lambda n: f"{START}\n" + "-- noqa: ZD105\n" * n + FROM,
    "comments": lambda n: "-- a line\n" * n + START + FROM,
}
SMALL = 150
# Twice the text; sorting, and what is done once for a file, leave some room.
MOST = 2.7


def work(text: str, dialect: str) -> int:
    """Count the calls that linting a text takes."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        lint([a_query(text, dialect=dialect)], LintContext(schema=SCHEMA, accounts=ACCOUNTS))
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("dialect", ["duckdb", "trino"])
@pytest.mark.parametrize("text_of", TEXTS.values(), ids=TEXTS)
def test_work_grows_with_the_text_and_no_faster(text_of: Callable[[int], str], dialect: str) -> None:
    work(text_of(10), dialect)  # what is loaded and remembered for the first file
    assert work(text_of(2 * SMALL), dialect) < MOST * work(text_of(SMALL), dialect)
