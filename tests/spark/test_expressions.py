"""Every line of expressions.txt without a mark gives the same on DuckDB and on Spark."""

from __future__ import annotations

import polars as pl
import pytest

from tests.spark.same import LINES, SCHEMA, as_query, comparable
from zdpipe.engine.session import Session
from zdpipe.query.spark import spark_sql

pytestmark = pytest.mark.spark


def test_the_schema_is_that_of_duckdb(on_spark: Session, on_duckdb: Session) -> None:
    assert on_spark.schema() == on_duckdb.schema() == SCHEMA


def test_lines_give_the_same(on_spark: Session, on_duckdb: Session) -> None:
    wrong = []
    for line in LINES:
        query, marks = as_query(line)
        if not marks:
            theirs = comparable(on_spark.batches(spark_sql(query, SCHEMA, {})))
            ours = comparable(on_duckdb.batches(query.text))
            if theirs != ours:
                wrong.append((line, ours, theirs))
    assert wrong == []


@pytest.mark.parametrize("item", ["lower(s)", "upper(s)", "trim(s)", "s ILIKE '%i%'"])
def test_letters_of_all_of_unicode_give_the_same(item: str, on_spark: Session, on_duckdb: Session) -> None:
    query, _ = as_query(f"SELECT id, {item} AS r FROM letters ORDER BY id")
    theirs = pl.concat(on_spark.batches(spark_sql(query, SCHEMA, {})))
    assert theirs.equals(pl.concat(on_duckdb.batches(query.text)))
