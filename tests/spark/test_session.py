"""A session on a real server: what it reads, refuses, says and leaves behind."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.spark.server import spark_server
from zdpipe.engine.opening import open_session
from zdpipe.engine.place import Place
from zdpipe.engine.session import Session
from zdpipe.engine.spark import patience
from zdpipe.engine.spark.session import SparkSource
from zdpipe.errors import CredentialError, ProjectError, QueryError
from zdpipe.project.tables import Limits, Source

pytestmark = pytest.mark.spark


def said(session: Session, sql: str) -> str:
    with pytest.raises(QueryError) as caught:
        list(session.batches(sql))
    return caught.value.message


def test_types_are_those_of_duckdb(on_spark: Session, on_duckdb: Session) -> None:
    ours, theirs = (pl.concat(one.batches("SELECT * FROM t ORDER BY id")) for one in (on_duckdb, on_spark))
    assert theirs.schema == ours.schema
    assert theirs.equals(ours)
    assert on_spark.describe("SELECT * FROM t") == on_duckdb.describe("SELECT * FROM t")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT {'a': 1, 'b': 'x'} AS s, [1, 2] AS l, [{'a': 1}] AS n",
        "SELECT CAST(1 AS TINYINT) AS t, CAST(1 AS SMALLINT) AS s, CAST(1 AS BIGINT) AS b",
        "SELECT CAST(1 AS FLOAT) AS f, CAST(1 AS DOUBLE) AS d, CAST(1 AS DECIMAL(38,4)) AS e",
        "SELECT NULL AS nothing",
    ],
)
def test_nested_and_small_types(sql: str, on_spark: Session, on_duckdb: Session) -> None:
    spark = sql.replace("{'a': 1, 'b': 'x'}", "struct(1 AS a, 'x' AS b)")
    spark = spark.replace("[{'a': 1}]", "array(struct(1 AS a))").replace("[1, 2]", "array(1, 2)")
    ours, theirs = pl.concat(on_duckdb.batches(sql)), pl.concat(on_spark.batches(spark))
    assert theirs.schema == ours.schema
    assert theirs.equals(ours)


def test_frames_have_about_as_many_rows_as_wanted(on_spark: Session) -> None:
    heights = [frame.height for frame in on_spark.batches("SELECT id FROM range(100000) AS r(id)", 30_000)]
    assert sum(heights) == 100_000
    assert max(heights) <= 30_000
    assert len(heights) < 8


def test_an_empty_result_has_its_columns(on_spark: Session) -> None:
    [frame] = on_spark.batches("SELECT id, s FROM t WHERE false")
    assert (frame.height, frame.columns) == (0, ["id", "s"])


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t SELECT * FROM t",
        "DROP VIEW t",
        "CREATE TABLE stolen AS SELECT 1 AS a",
        "SET spark.sql.ansi.enabled = false",
        "SELECT 1 AS a; DROP VIEW t",
        "SELECT 1 AS a) AS x; DROP VIEW t --",
        "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
        "FROM t INSERT OVERWRITE DIRECTORY '/tmp/stolen' SELECT *",
        "BEGIN DROP VIEW t; END",
        "",
    ],
)
def test_nothing_but_one_select_runs(sql: str, on_spark: Session) -> None:
    assert "Syntax error" in said(on_spark, sql)
    assert on_spark.describe("SELECT id FROM t") == [("id", "INTEGER")]


def test_errors_name_the_line(on_spark: Session) -> None:
    assert said(on_spark, "SELECT\n  id,\n  nope\nFROM t").split("\n")[1:] == [
        "LINE 3:   nope",
        "          ^",
    ]
    assert said(on_spark, "SELECT id FROM t\nWHERE ((id = 1").split("\n")[0].startswith("Syntax error")
    assert "LINE 2: FROM nowhere" in said(on_spark, "SELECT 1 AS a\nFROM nowhere")
    assert "LINE 1: SELECT frob(id)" in said(on_spark, "SELECT frob(id) AS a FROM t")


def test_errors_of_a_translation_name_the_place_it_came_from(on_spark: Session) -> None:
    assert said(on_spark, "SELECT id /* @1:8 */, nope /* @7:3 */ FROM t /* @9:6 */").endswith(
        "LINE 7, column 3"
    )


def test_values_are_not_told(on_spark: Session) -> None:
    message = said(on_spark, "SELECT CAST(s AS INT) AS a FROM t WHERE s LIKE 'Ada%'")
    assert "Lovelace" not in message
    assert message.startswith('The value *** of the type "STRING" cannot be cast to "INT"')


def test_nothing_is_logged(on_spark: Session, capfd: pytest.CaptureFixture[str]) -> None:
    said(on_spark, "SELECT CAST(s AS INT) AS a FROM t")
    assert capfd.readouterr() == ("", "")


def test_repeated_names_and_strange_types_are_refused(on_spark: Session) -> None:
    assert said(on_spark, "SELECT 1 AS a, 2 AS a") == "The output has several columns named a."
    assert "interval day" in said(on_spark, "SELECT INTERVAL 1 DAY AS a")


def test_a_session_can_be_left_in_the_middle(on_spark: Session) -> None:
    frames = on_spark.batches("SELECT /*+ REPARTITION(16) */ id FROM range(3000000) AS r(id)", 1_000)
    assert next(frames).height
    frames.close()
    assert on_spark.describe("SELECT 1 AS a") == [("a", "INTEGER")]


@pytest.fixture
def heeds_interruptions() -> Iterator[None]:
    """What runs in a shell's background is started with ^C ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_interruptions")
def test_an_interruption_ends_the_query_there(remote: str, tmp_path: Path) -> None:
    slow = "SELECT count(*) AS n FROM range(4000000000) AS a(x) WHERE sha2(string(x), 512) LIKE 'zz%'"
    with open_session(Source(engine="spark", remote=remote), Limits(), tmp_path) as session:
        main = threading.main_thread().ident
        assert main is not None
        threading.Timer(3, signal.pthread_kill, (main, signal.SIGINT)).start()
        begun = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            list(session.batches(slow))
        assert time.monotonic() - begun < 30
        assert session.describe("SELECT 1 AS a") == [("a", "INTEGER")]


def test_attribute_tables_are_views_of_this_session_alone(
    on_spark: Session, remote: str, tmp_path: Path
) -> None:
    on_spark.create_attribute_table("1st", "SELECT id AS amperity_id FROM t")
    on_spark.create_attribute_table("second", "SELECT amperity_id FROM `1st` WHERE amperity_id < 3")
    assert pl.concat(on_spark.batches("SELECT count(*) AS n FROM second")).item() == 2
    assert "second" not in on_spark.schema().tables
    with open_session(Source(engine="spark", remote=remote), Limits(), tmp_path) as other:
        assert "`second` cannot be found" in said(other, "SELECT * FROM second")


def test_errors_in_a_view_name_its_line(on_spark: Session) -> None:
    on_spark.create_attribute_table("broken", "SELECT\n  id,\n  CAST(s AS INT) AS n\nFROM t")
    assert said(on_spark, "SELECT n FROM broken").endswith("\nIt is in line 3 of the attribute table broken.")
    marked = "SELECT id /* @1:8 */, CAST(s /* @4:5 */ AS INT) AS n FROM t /* @5:6 */"
    on_spark.create_attribute_table("marked", marked)
    assert said(on_spark, "SELECT n FROM marked").endswith("\nIt is in line 4 of the attribute table marked.")


def test_tables_of_the_catalogue_are_known(remote: str, tmp_path: Path) -> None:
    with open_session(Source(engine="spark", remote=remote), Limits(), tmp_path) as session:
        assert isinstance(session, SparkSource)
        for sql in (
            "CREATE DATABASE IF NOT EXISTS crm",
            "CREATE OR REPLACE TEMPORARY VIEW mine AS SELECT 1 AS a",
            "CREATE TABLE IF NOT EXISTS crm.people (id STRING, spent DECIMAL(12,2)) USING parquet",
            "CREATE TABLE IF NOT EXISTS here (a INT) USING parquet",
        ):
            session._open.sql(sql)
        assert session.schema().tables == {"here": {"a": "INTEGER"}}
    source = Source(engine="spark", remote=remote, databases=("crm", "spark_catalog.default"))
    with open_session(source, Limits(), tmp_path) as session:
        assert session.schema().tables == {
            "crm.people": {"id": "VARCHAR", "spent": "DECIMAL(12,2)"},
            "spark_catalog.default.here": {"a": "INTEGER"},
        }
        assert session.describe("SELECT id FROM crm.people") == [("id", "VARCHAR")]
        assert isinstance(session, SparkSource)
        for sql in ("DROP TABLE here", "DROP DATABASE crm CASCADE"):
            session._open.sql(sql)


def test_csv_files_are_read_with_their_header(remote: str, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text('id,name,spent\n1,"Ada ""Countess"", L",1.5\n2,,\n', encoding="utf-8")
    with open_session(
        Source(engine="spark", remote=remote, tables={"p": path}), Limits(), tmp_path
    ) as session:
        rows = pl.concat(session.batches("SELECT * FROM p ORDER BY id")).rows()
    assert rows == [(1, 'Ada "Countess", L', 1.5), (2, None, None)]


def test_files_that_the_server_does_not_see(remote: str, tmp_path: Path) -> None:
    source = Source(engine="spark", remote=remote, tables={"p": tmp_path / "nowhere.parquet"})
    with pytest.raises(ProjectError, match='table "p" cannot be read by Spark') as caught:
        open_session(source, Limits(), tmp_path)
    assert "whole cluster" in caught.value.hint


def test_a_file_of_an_attribute_table(on_spark: Session, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    assert on_spark.write_parquet("SELECT id, d, ts FROM t ORDER BY id", out) == 9
    with duckdb.connect() as con:
        kinds = [row[1] for row in con.execute(f"DESCRIBE FROM '{out}'").fetchall()]
    assert kinds == ["INTEGER", "DECIMAL(13,3)", "TIMESTAMP"]


def test_rows_of_one_person_are_found(on_spark: Session, on_duckdb: Session) -> None:
    keys = ["ada lovelace", 'it\'s "50%" \\ a_b$\r\nend']
    for session in (on_spark, on_duckdb):
        sql = session.narrowed("SELECT id, s FROM t", ["s"], keys, " \t")
        assert sorted(pl.concat(session.batches(sql))["id"]) == [1, 7, 8]


def test_a_token_and_a_server_that_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "RETRIES", 1)
    place = Place({"TOKEN": "s3cret", "WRONG": "other"}, tmp_path)
    with spark_server(tmp_path, **{"spark.connect.authenticate.token": "s3cret"}) as remote:
        for token in (None, "env:WRONG"):
            with pytest.raises(CredentialError, match="refuses us") as caught:
                open_session(Source(engine="spark", remote=remote, token=token), Limits(), tmp_path, place)
            assert "other" not in caught.value.message
        session = open_session(
            Source(engine="spark", remote=remote, token="env:TOKEN"), Limits(), tmp_path, place
        )
        assert session.describe("SELECT 1 AS a") == [("a", "INTEGER")]
    with session, pytest.raises(QueryError) as gone:
        session.describe("SELECT 1 AS a")
    assert "nothing was sent" in gone.value.hint
