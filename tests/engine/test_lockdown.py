import os
from contextlib import suppress

import duckdb
import polars as pl
import pytest

from tests.engine.conftest import ROWS
from zdpipe.engine.duckdb import open_session
from zdpipe.errors import QueryError
from zdpipe.project.tables import Limits, Source

# {file} is a readable file outside the project, {own} the source itself, {out} a place that may be written.
REACHING_OUT = [
    "SELECT * FROM read_csv('{file}')",
    "SELECT * FROM '{file}'",
    "SELECT * FROM read_text('{file}')",
    "SELECT * FROM read_blob('{file}')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM sniff_csv('{file}')",
    "SELECT * FROM read_duckdb('{other}')",
    "SELECT * FROM '{other}'",
    "SELECT * FROM query('SELECT * FROM read_text(''{file}'')')",
    "SELECT * FROM 'https://example.com/x.parquet'",
    "SELECT * FROM sqlite_scan('{file}', 't')",
    "SELECT * FROM a_python_variable",
    "SELECT getenv('HOME')",
    "SELECT * FROM enable_logging('QueryLog', storage = 'file', storage_config = {{'path': '{out}'}})",
    "ATTACH '{other}' AS other",
    "ATTACH '{own}' AS again",
    "COPY Few TO '{out}'",
    "WITH x AS (COPY (SELECT 1) TO '{out}') SELECT * FROM x",
    "WITH x AS (COPY (SELECT 1) TO '{spill}/x.csv') SELECT * FROM x",
    "WITH x AS (INSERT INTO Customer_360 SELECT * FROM Customer_360 RETURNING n) SELECT * FROM x",
    "INSERT INTO Customer_360 SELECT * FROM Customer_360",
    "DELETE FROM Customer_360",
    "CREATE TABLE t (a INTEGER)",
    "CREATE TEMP TABLE t (a INTEGER)",
    "DROP TABLE Customer_360",
    "EXPORT DATABASE '{out}'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SET memory_limit = '10GB'",
    "RESET lock_configuration",
    "PRAGMA database_list",
    "CALL enable_logging()",
    "SELECT 1; COPY (SELECT 1) TO '{out}'",
]


def fill(sql, database, secret_file, temp_folder):
    other = secret_file.with_name("other.duckdb")
    if not other.exists():
        with duckdb.connect(str(other)) as con:
            con.execute("CREATE TABLE t AS SELECT 1 AS a")
    spill = next(temp_folder.glob("session-*"))
    out = secret_file.with_name("out.csv")
    return sql.format(file=secret_file, own=database, out=out, other=other, spill=spill)


@pytest.mark.parametrize("sql", REACHING_OUT)
def test_sql_reaches_nothing_but_the_source(sql, session, database, secret_file, temp_folder):
    a_python_variable = pl.DataFrame({"a": [1]})  # noqa: F841 - what DuckDB's replacement scans would find
    text = fill(sql, database, secret_file, temp_folder)
    before = database.read_bytes()
    with pytest.raises(QueryError):
        list(session.batches(text))
    with suppress(QueryError):  # what only reading would refuse
        session.describe(text)
        session.create_attribute_table("sly", text)
        with pytest.raises(QueryError):
            list(session.batches("SELECT * FROM sly"))
    assert not secret_file.with_name("out.csv").exists()
    assert not list(next(temp_folder.glob("session-*")).iterdir())
    assert database.read_bytes() == before


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM postgres_query('crm', 'DELETE FROM people RETURNING id')",
        "SELECT * FROM crm.query('COMMIT')",
        "SELECT * FROM /* a */ \"Query\" -- b\n ('SELECT 1')",
        "SELECT * FROM mysql_execute ('crm', 'DELETE FROM people')",
        "SELECT (SELECT count(*) FROM quack_query_by_name('crm', 'DELETE FROM people'))",
        "WITH x AS (SELECT * FROM json_execute_serialized_sql('{}')) SELECT * FROM x",
    ],
)
def test_no_query_hands_a_text_on_to_be_run(session, sql):
    with pytest.raises(QueryError, match="runs SQL that stands in a text"):
        session.describe(sql)
    with pytest.raises(QueryError, match="runs SQL that stands in a text"):
        session.create_attribute_table("sly", sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT query, 'query(' AS t FROM (SELECT n AS query FROM Few) WHERE query IN (1)",
        "WITH a_query(query) AS (SELECT n FROM Few) SELECT query, 'query(' AS t FROM a_query WHERE query = 1",
        "SELECT query, 'query(' AS t FROM Few AS my_query(query, name) WHERE query = 1",
        "SELECT n AS query, 'query(' AS t FROM Few WHERE n = 1 AND current_query() <> ''",
    ],
)
def test_names_that_only_look_like_it_are_read(session, sql):
    assert [batch.rows() for batch in session.batches(sql)] == [[(1, "query(")]]


def test_the_lock_holds_while_a_reader_is_open(session, database, secret_file, temp_folder):
    batches = session.batches("SELECT n FROM Customer_360", 1000)
    next(batches)
    other_connection = session._con.cursor()
    for sql in REACHING_OUT:
        if "{own}" in sql or "{spill}" in sql or "TEMP TABLE" in sql or "PRAGMA" in sql:
            continue  # refused by the session's own check, which a bare connection does not have
        with pytest.raises(duckdb.Error):
            other_connection.execute(fill(sql, database, secret_file, temp_folder))
    other_connection.close()
    assert sum(len(batch) for batch in batches) == ROWS - 1000


def test_other_databases_of_the_process_are_not_seen(session, tmp_path):
    with duckdb.connect(str(tmp_path / "known.duckdb")) as known:
        known.execute("CREATE TABLE users AS SELECT 'secret' AS email")
        [names] = session.batches("SELECT DISTINCT database_name AS name FROM duckdb_databases()")
        assert set(names["name"]) == {"customer_360", "system", "temp"}
        with pytest.raises(QueryError, match="known"):
            session.describe("SELECT * FROM known.users")


def test_a_large_sort_spills_into_the_sessions_own_folder(database, temp_folder):
    limits = Limits(memory="40MB", threads=1)
    with open_session(Source(database=database), limits, temp_folder) as session:
        [spill] = temp_folder.glob("session-*")
        assert spill.stat().st_mode & 0o777 == 0o700
        batches = session.batches("SELECT * FROM Customer_360 ORDER BY padding, n DESC", 10_000)
        first = next(batches)
        assert sum(file.stat().st_size for file in spill.iterdir()) > 1_000_000
        assert len(first) + sum(len(batch) for batch in batches) == ROWS
    assert list(temp_folder.iterdir()) == []


def test_limits_and_time_zone_are_set(database, temp_folder):
    with open_session(Source(database=database), Limits(memory="70MB", threads=1), temp_folder) as session:
        [settings] = session.batches(
            "SELECT current_setting('TimeZone') AS zone, current_setting('threads') AS threads, "
            "current_setting('memory_limit') AS memory"
        )
    assert settings.rows() == [("UTC", 1, "66.7 MiB")]


def test_setup_runs_before_the_lock_down_and_shows_its_databases(database, temp_folder, tmp_path):
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as con:
        con.execute("CREATE TABLE clients AS SELECT 7 AS a")
    source = Source(database=database, setup=(f"ATTACH '{other}' AS crm_db (READ_ONLY)",))
    with open_session(source, Limits(), temp_folder) as session:
        assert session.schema().tables["crm_db.clients"] == {"a": "INTEGER"}
        assert [batch.rows() for batch in session.batches("SELECT a FROM crm_db.clients")] == [[(7,)]]


def test_the_session_runs_with_a_user_who_may_not_write_the_source(database, temp_folder):
    mode = database.stat().st_mode
    database.chmod(0o400)
    try:
        with open_session(Source(database=database), Limits(), temp_folder) as session:
            assert "Customer_360" in session.schema().tables
    finally:
        os.chmod(database, mode)  # noqa: PTH101 - as it was


@pytest.mark.parametrize(("threads", "taken"), [(None, 1), (2, 2)])
def test_little_memory_means_few_threads_unless_the_project_says_otherwise(
    database, temp_folder, threads, taken
) -> None:
    limits = Limits(memory="200MB", threads=threads)
    with open_session(Source(database=database), limits, temp_folder) as session:
        (frame,) = session.batches("SELECT current_setting('threads') AS threads")
        assert frame["threads"].to_list() == [taken]
