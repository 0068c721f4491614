"""Which expressions make an output column, and where each of them stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from zdpipe.lint.context import LintContext
from zdpipe.lint.tracing import Tracer
from zdpipe.model.journey import Trace
from zdpipe.model.query import Query, Role
from zdpipe.model.schema import SourceSchema
from zdpipe.query import read_query

SCHEMA = SourceSchema(
    {"Customer_360": {"amperity_id": "VARCHAR", "full_name": "VARCHAR", "email": "VARCHAR"}}
)
PEOPLE = "SELECT amperity_id\n  , LOWER(full_name) AS name\n  , *\nFROM Customer_360"


def read(text: str, name: str = "queries/q.sql", role: Role = Role.QUERY, dialect: str = "duckdb") -> Query:
    return read_query(Path("/project") / name, Path("/project"), role, dialect, text)


def trace(text: str, column: str = "name", schema: SourceSchema | None = SCHEMA, **tables: str) -> Trace:
    attribute = {
        name: read(sql, f"attribute_tables/{name}.sql", Role.ATTRIBUTE_TABLE) for name, sql in tables.items()
    }
    return Tracer(read(text), LintContext(schema=schema, attribute_tables=attribute)).trace(column)


def lines(found: Trace) -> list[tuple[str, int, str]]:
    return [(line.path, line.span.line, line.text) for line in found.lines]


def test_an_expression_over_the_source_is_one_line() -> None:
    found = trace("SELECT\n  amperity_id AS external_id\n  , LOWER(\n  full_name) AS name\nFROM Customer_360")
    assert lines(found) == [("queries/q.sql", 3, "LOWER( full_name) AS name")]
    assert (found.ends, found.is_whole) == (("Customer_360.full_name",), True)


def test_ctes_and_subqueries_are_followed_inward() -> None:
    found = trace(
        "WITH a AS (\n  SELECT trim(full_name) AS n, email FROM Customer_360\n)\n"
        "SELECT x.n || '!' AS name\nFROM (SELECT upper(n) AS n FROM a) AS x"
    )
    assert lines(found) == [
        ("queries/q.sql", 4, "x.n || '!' AS name"),
        ("queries/q.sql", 5, "upper(n) AS n"),
        ("queries/q.sql", 2, "trim(full_name) AS n"),
    ]
    assert found.ends == ("Customer_360.full_name",)


def test_an_attribute_table_is_another_file() -> None:
    found = trace("SELECT name AS name FROM people", people=PEOPLE)
    assert lines(found) == [
        ("queries/q.sql", 1, "name AS name"),
        ("attribute_tables/people.sql", 2, "LOWER(full_name) AS name"),
    ]
    assert (found.ends, found.is_whole) == (("Customer_360.full_name",), True)


def test_stars_are_followed_where_somebody_knows_the_columns() -> None:
    found = trace("SELECT * FROM people", "email", people=PEOPLE)
    assert lines(found) == [("queries/q.sql", 1, "*"), ("attribute_tables/people.sql", 3, "*")]
    assert found.ends == ("Customer_360.email",)
    assert trace("SELECT * FROM Customer_360", "email", None) == Trace(is_whole=False)
    assert lines(trace("SELECT q.email FROM (SELECT * FROM Customer_360) AS q", "email")) == [
        ("queries/q.sql", 1, "q.email"),
        ("queries/q.sql", 1, "*"),
    ]


def test_every_side_of_a_union_has_its_part() -> None:
    found = trace("SELECT full_name AS name FROM Customer_360\nUNION ALL\nSELECT email FROM Customer_360")
    assert [line for _, line, _ in lines(found)] == [1, 3]
    assert found.ends == ("Customer_360.full_name", "Customer_360.email")


def test_what_orders_a_window_has_no_part_in_the_value() -> None:
    found = trace("SELECT max(full_name) OVER (PARTITION BY email) AS name FROM Customer_360")
    assert found.ends == ("Customer_360.full_name",)


def test_a_constant_ends_in_no_column() -> None:
    assert trace("SELECT 'x' AS name FROM Customer_360").ends == ()


@pytest.mark.parametrize(
    "text",
    [
        "SELECT u AS name FROM Customer_360, UNNEST([full_name]) AS t(u)",
        "SELECT name FROM read_csv('x')",
        "SELECT a.b.c.d AS name FROM Customer_360",
    ],
)
def test_what_nobody_can_follow_is_said_to_be_that(text: str) -> None:
    assert not trace(text).is_whole


@pytest.mark.parametrize("text", ["SELECT", "", "FROM Customer_360 SELECT nothing_known !!", "DELETE FROM x"])
def test_what_is_no_query_has_no_trace(text: str) -> None:
    assert trace(text) == Trace(is_whole=False)


def test_a_table_that_reads_itself_comes_to_an_end() -> None:
    found = trace(
        "WITH RECURSIVE r AS (SELECT full_name AS name FROM Customer_360 UNION ALL SELECT name FROM r)"
        " SELECT name FROM r"
    )
    assert found.lines
    assert trace("SELECT name FROM a", a="SELECT name FROM b", b="SELECT name FROM a").lines


def test_the_lines_are_those_of_the_file_in_every_dialect() -> None:
    query = read("SELECT\n  split_part(full_name, ' ', 1) AS `name`\nFROM Customer_360", dialect="spark")
    (line,) = Tracer(query, LintContext(schema=SCHEMA)).trace("name").lines
    assert (line.span.line, line.text) == (2, "split_part(full_name, ' ', 1) AS `name`")
