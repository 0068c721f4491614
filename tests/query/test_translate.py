from __future__ import annotations

import duckdb
import pytest

from tests.query.test_files import read
from zdpipe.errors import QueryError
from zdpipe.query import engine_sql


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("-- why\nSELECT  1 AS a -- because\n", "-- why\nSELECT  1 AS a -- because"),
        ("SELECT 1 AS a ; -- done", "SELECT 1 AS a"),
        (";; SELECT ';' AS a;;\n", "SELECT ';' AS a"),
    ],
)
def test_duckdb_text_is_kept_but_for_semicolons(text: str, runs: str) -> None:
    assert engine_sql(read(text)) == runs
    with duckdb.connect() as connection:
        assert connection.sql(f"SELECT * FROM (\n{runs}\n)").columns == ["a"]


def test_another_dialect_is_translated() -> None:
    text = "-- zdpipe: dialect=trino\nSELECT date_format(DATE '2024-05-06', '%Y') AS \"user_fields.y\""
    with duckdb.connect() as connection:
        result = connection.sql(engine_sql(read(text)))
        assert (result.columns, result.fetchall()) == (["user_fields.y"], [("2024",)])


def test_what_duckdb_has_no_word_for_is_a_query_error() -> None:
    with pytest.raises(QueryError, match="from postgres") as caught:
        engine_sql(read("SELECT a FROM t FOR UPDATE OF t", "postgres"))
    assert "dialect=duckdb" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "dialect"), [("SELECT 1; SELECT 2", "duckdb"), ("", "trino"), ("SELECT FROM", "trino")]
)
def test_a_file_without_one_statement_is_a_query_error(text: str, dialect: str) -> None:
    with pytest.raises(QueryError, match="exactly one"):
        engine_sql(read(text, dialect))
