"""Text that runs on Spark, and what does not get that far."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.spark.same import SCHEMA
from zdpipe.errors import QueryError
from zdpipe.model.query import Query, Role
from zdpipe.query import read_query
from zdpipe.query.spark import spark_losses, spark_sql


def read(text: str, dialect: str = "duckdb") -> Query:
    return read_query(Path("q.sql"), Path(), Role.QUERY, dialect, text)


def run(text: str, dialect: str = "duckdb") -> str:
    return spark_sql(read(text, dialect), SCHEMA, {})


def test_parts_bear_their_places() -> None:
    text = "-- who\nSELECT id,\n  abs(i) AS name -- a number\nFROM t"
    assert run(text) == "SELECT id /* @2:8 */, ABS(i /* @3:7 */) /* @3:3 */ AS name FROM t /* @4:6 */"


def test_text_for_spark_is_the_files_own() -> None:
    text = "-- zdpipe: dialect=spark\nSELECT initcap(s) AS name -- who\nFROM t;\n"
    assert run(text) == text.removesuffix(";\n")


def test_other_dialects_bear_no_places() -> None:
    assert run("SELECT date_trunc('month', dt) AS x FROM t", "trino") == (
        "SELECT CAST(DATE_TRUNC('MONTH', dt) AS TIMESTAMP_NTZ) AS x FROM t"
    )


def test_a_loss_stops_the_run_with_a_cure() -> None:
    with pytest.raises(QueryError, match=r"q\.sql: Spark has no counterpart for `REVERSE\(s\)`") as caught:
        run("SELECT reverse(s) AS name FROM t")
    assert "dialect=spark" in caught.value.hint


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO t SELECT 1",
        "DROP TABLE t",
        "CREATE TABLE x AS SELECT 1",
        "SELECT 1; SELECT 2",
        "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
        "",
    ],
)
def test_only_one_select_is_let_through(text: str, dialect: str) -> None:
    with pytest.raises(QueryError, match="does not hold exactly one SELECT"):
        run(text, dialect)
    assert spark_losses(read(text, dialect), SCHEMA, {}) == ()


def test_deep_sql_is_translated() -> None:
    assert run(f"SELECT {'(' * 200}1{')' * 200} AS a FROM t").count("(") == 200


def test_without_a_schema_nothing_that_types_decide_is_lost() -> None:
    query = read(
        "SELECT round(a, 2) AS x, b + INTERVAL 1 DAY AS y, c || d AS z, date_trunc('day', e) AS w FROM u"
    )
    assert spark_losses(query, None, {}) == ()
    assert {loss.reason.split(".")[0] for loss in spark_losses(query, SCHEMA, {})} == {
        "what it gives depends on a type that is not known here",
        "Spark writes a value of type unknown otherwise",
    }
