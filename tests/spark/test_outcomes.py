"""The same query and data give the same payloads, rejections and users on DuckDB and on Spark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

from tests.spark.pair import QUERY, Pair, pair_of
from zdpipe.sample import write_sample

pytestmark = pytest.mark.spark
ROOT = Path(__file__).parents[2]
MakePair = Callable[[str], Pair]


@pytest.fixture
def make_pair(tmp_path: Path, remote: str) -> Iterator[MakePair]:
    """Make a pair whose Customer_360 is what a SELECT of DuckDB gives."""
    with ExitStack() as stack:

        def make(select: str, database: Path | None = None) -> Pair:
            path = tmp_path / "customers.parquet"
            with duckdb.connect(str(database or ":memory:")) as con:
                con.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
            return stack.enter_context(pair_of(tmp_path, remote, {"Customer_360": path}))

        yield make


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    database = tmp_path / "sample.duckdb"
    write_sample(database, 2_000)
    return database


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "queries").glob("*.sql")))
def test_the_queries_of_the_demo(name: str, sample: Path, make_pair: MakePair) -> None:
    pair = make_pair("FROM Customer_360", sample)
    pair.write("attribute_tables/zendesk_attributes.sql", _text("attribute_tables/zendesk_attributes.sql"))
    pair.write(QUERY, _text(f"queries/{name}"))
    first = pair.run()
    assert first.counts.read > 1_000
    assert first.counts.created > 1_000
    second = pair.run()
    assert second.counts.unchanged == first.counts.created + first.counts.updated


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


HOSTILE = Path(__file__).with_name("hostile.sql").read_text(encoding="utf-8")
QUERIES = {
    "every type as it is": """
SELECT id AS external_id, name AS name, email AS email, phone AS phone, number AS "user_fields.number",
  amount AS "user_fields.amount", wide AS "user_fields.wide", share AS "user_fields.share",
  born AS "user_fields.born", seen AS "user_fields.seen", moment AS "user_fields.moment",
  flag AS "user_fields.flag", note AS notes
FROM Customer_360""",
    "functions of texts": """
SELECT lower(id) AS external_id, upper(trim(name)) AS name, lower(trim(email)) AS email,
  regexp_replace(phone, '[^0-9+]', '', 'g') AS phone, lower(note) AS notes,
  concat(upper(left(name, 1)), lower(substring(name, 2))) AS alias,
  coalesce(nullif(trim(note), ''), 'nothing') AS details
FROM Customer_360""",
    "numbers, rounded and divided": """
SELECT id AS external_id, name AS name, email AS email, round(share, 2) AS "user_fields.a",
  amount / 3 AS "user_fields.b", number / 2 AS "user_fields.c", number // 2 AS "user_fields.d",
  TRY_CAST(share AS INTEGER) AS "user_fields.e", floor(amount) AS "user_fields.f",
  amount * 1.5 AS "user_fields.g", share / number AS "user_fields.h",
  CAST(amount AS INTEGER) AS "user_fields.i"
FROM Customer_360""",
    "dates and times": """
SELECT id AS external_id, name AS name, email AS email, date_trunc('month', born) AS "user_fields.a",
  born + INTERVAL 1 MONTH AS "user_fields.b", date_diff('day', born, DATE '2024-03-01') AS "user_fields.c",
  strftime(moment, '%Y-%m-%d %H:%M') AS "user_fields.d", year(born) AS "user_fields.e",
  CAST(seen AS DATE) AS "user_fields.f", moment AT TIME ZONE 'Europe/Berlin' AS "user_fields.g"
FROM Customer_360""",
    "groups, windows and joins": """
WITH latest AS (
  SELECT *, row_number() OVER (PARTITION BY lower(id) ORDER BY born DESC, email, name) AS place
  FROM Customer_360
), totals AS (
  SELECT lower(id) AS k, sum(amount) AS total, avg(amount) AS mean, count(*) AS n FROM Customer_360 GROUP BY 1
)
SELECT l.id AS external_id, l.name AS name, l.email AS email, t.total AS "user_fields.total",
  t.mean AS "user_fields.mean", t.n AS "user_fields.n"
FROM latest l LEFT JOIN totals t ON lower(l.id) = t.k WHERE l.place = 1""",
    "nobody": "SELECT id AS external_id, name AS name FROM Customer_360 WHERE name = 'nobody'",
}


@pytest.mark.parametrize("name", QUERIES)
def test_hostile_values(name: str, make_pair: MakePair) -> None:
    pair = make_pair(HOSTILE)
    pair.write(QUERY, QUERIES[name])
    first = pair.run()
    assert first.counts.read == {"nobody": 0, "groups, windows and joins": 6}.get(name, 10)
    assert pair.run().counts.created == 0


def test_a_changed_source_changes_the_same_people(make_pair: MakePair) -> None:
    pair = make_pair(HOSTILE)
    pair.write(QUERY, QUERIES["every type as it is"])
    pair.run()
    with duckdb.connect() as con:
        path = pair.tables["Customer_360"]
        con.execute(f"CREATE TABLE t AS FROM '{path}'")
        con.execute("UPDATE t SET name = 'New' WHERE id = 'F6'")
        con.execute(f"COPY (FROM t WHERE id IS DISTINCT FROM 'C3') TO '{path}' (FORMAT parquet)")
    report = pair.run()
    assert (report.counts.updated, report.gone) == (1, 1)
