import datetime as dt
from decimal import Decimal

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from tests.engine.conftest import ROWS
from zdpipe.engine.duckdb import open_session
from zdpipe.errors import ProjectError, QueryError
from zdpipe.project.tables import Limits, Source


def test_schema_lists_tables_and_views_with_their_names_as_written(session):
    session.create_attribute_table("attributes", "SELECT n AS amperity_id FROM Customer_360")
    assert session.schema().tables == {
        "Customer_360": {"n": "BIGINT", "full_name": "VARCHAR", "padding": "VARCHAR"},
        "Few": {"n": "BIGINT", "full_name": "VARCHAR"},
        "crm.Odd Table": {"id": "UUID", "user name": "DECIMAL(12,4)"},
    }


def test_batches_stream_every_row_in_bounded_frames(session):
    sizes = [len(batch) for batch in session.batches("SELECT n FROM Customer_360", 10_000)]
    assert sum(sizes) == ROWS
    assert max(sizes) <= 10_000


def test_a_query_without_rows_yields_one_empty_frame_with_its_columns(session):
    [frame] = session.batches(
        "SELECT n, full_name AS name, interval 1 day AS i FROM Customer_360 WHERE false"
    )
    assert frame.schema == {"n": pl.Int64, "name": pl.String, "i": pl.String}
    assert frame.is_empty()


def test_leaving_a_stream_early_frees_the_session(session):
    batches = session.batches("SELECT n FROM Customer_360", 1000)
    next(batches)
    batches.close()
    assert [batch.rows() for batch in session.batches("SELECT count(*) AS c FROM Few")] == [[(3,)]]


def test_the_files_own_text_runs_with_comments_and_semicolon(session):
    [frame] = session.batches("-- first\nSELECT n -- which\nFROM Few\nORDER BY n DESC;\n-- last\n")
    assert frame["n"].to_list() == [2, 1, 0]


def test_describe_reads_no_row(session):
    sql = "SELECT error('read') AS name, n AS \"user_fields.n\", n AS name FROM Customer_360"
    assert session.describe(sql) == [("name", '"NULL"'), ("user_fields.n", "BIGINT"), ("name", "BIGINT")]


def test_repeated_output_names_are_one_clear_error(session):
    with pytest.raises(QueryError, match="several columns named a"):
        list(session.batches("SELECT 1 AS a, 2 AS a"))


def test_attribute_tables_may_read_from_each_other(session):
    session.create_attribute_table("first one", "SELECT n AS amperity_id FROM Few -- three;\n")
    session.create_attribute_table("second", 'SELECT amperity_id + 1 AS amperity_id FROM "first one";')
    [frame] = session.batches("SELECT amperity_id FROM second ORDER BY 1")
    assert frame["amperity_id"].to_list() == [1, 2, 3]


UUID = "0b8c1c52-1d3a-4c3c-9d3e-1f2a3b4c5d6e"
ARRIVES = {
    f"'{UUID}'::UUID": (pl.String, UUID),
    f"['{UUID}'::UUID]": (pl.List(pl.String), [UUID]),
    "170141183460469231731687303715884105727::HUGEINT": (pl.Int128, 2**127 - 1),
    "sum(n)": (pl.Int128, 3),
    "1::UHUGEINT": (pl.String, "1"),
    "'10:00:00+02'::TIMETZ": (pl.String, "10:00:00+02"),
    "'10:00:00'::TIME": (pl.Time, dt.time(10)),
    "INTERVAL 3 DAY": (pl.String, "3 days"),
    "'b'::ENUM('a', 'b')": (pl.String, "b"),
    "1.23456::DECIMAL(20,5)": (pl.Decimal(20, 5), Decimal("1.23456")),
    "1::DECIMAL(38,10)": (pl.Decimal(38, 10), Decimal(1)),
    "'2020-01-01 00:00:00+02'::TIMESTAMPTZ": (
        pl.Datetime("us", "UTC"),
        dt.datetime(2019, 12, 31, 22, tzinfo=dt.UTC),
    ),
    "'2020-01-01'::TIMESTAMP_NS": (pl.Datetime("ns"), dt.datetime(2020, 1, 1)),  # noqa: DTZ001 - naive
    "'2020-01-01'::DATE": (pl.Date, dt.date(2020, 1, 1)),
    "'101'::BIT": (pl.String, "101"),
    "['101'::BIT]": (pl.List(pl.String), ["101"]),
    "['a', NULL]": (pl.List(pl.String), ["a", None]),
    "union_value(num := 2)": (pl.String, "2"),
    "123::BIGNUM": (pl.String, "123"),
    "'{\"a\":1}'::JSON": (pl.String, '{"a":1}'),
    "'a'::BLOB": (pl.Binary, b"a"),
    "NULL": (pl.String, None),
    "{'a': 1}": (pl.Struct({"a": pl.Int32}), {"a": 1}),
    "{'a': '101'::BIT}": (pl.String, "{'a': 101}"),
    "'nan'::DOUBLE": (pl.Float64, pytest.approx(float("nan"), nan_ok=True)),
}


@pytest.mark.parametrize("expression", ARRIVES)
def test_every_type_arrives_usable(session, expression):
    kind, value = ARRIVES[expression]
    [frame] = session.batches(
        f'SELECT {expression} AS "x y" FROM Few' + (" LIMIT 1" if "sum" not in expression else "")
    )
    assert frame.schema == {"x y": kind}
    assert frame["x y"].to_list() == [value]


def test_write_parquet_gives_the_rows_to_other_tools(session, tmp_path):
    out = tmp_path / "build" / "few.parquet"
    assert session.write_parquet("SELECT n, full_name, INTERVAL 1 DAY AS i FROM Few ORDER BY n", out) == 3
    assert pq.read_table(out).to_pylist()[2] == {"n": 2, "full_name": "customer 2", "i": "1 day"}
    assert [path.name for path in out.parent.iterdir()] == ["few.parquet"]
    assert out.stat().st_mode & 0o777 == 0o600


def test_a_failing_query_leaves_the_old_parquet_file_as_it_was(session, tmp_path):
    out = tmp_path / "few.parquet"
    out.write_bytes(b"old")
    failing = f"SELECT CASE WHEN n = {ROWS - 1} THEN error('late') ELSE n END AS n FROM Customer_360"
    with pytest.raises(QueryError, match="late"):
        session.write_parquet(failing, out)
    assert out.read_bytes() == b"old"
    assert list(tmp_path.glob(".few*")) == []


def test_closing_twice_and_closing_with_an_open_stream_is_clean(database, temp_folder):
    session = open_session(Source(database=database), Limits(), temp_folder)
    batches = session.batches("SELECT n FROM Customer_360", 1000)
    next(batches)
    session.close()
    session.close()
    assert list(batches) == []
    with duckdb.connect(str(database)) as writer:
        assert writer.execute("SELECT 1").fetchall() == [(1,)]


def test_files_are_tables_by_name(temp_folder, tmp_path):
    for number in (1, 2):
        duckdb.sql(f"SELECT {number} AS a").write_parquet(str(tmp_path / f"part{number}.parquet"))
    folder = tmp_path / "orders"
    folder.mkdir()
    (folder / "x'y.csv").write_text("id,total\n1,2.5\n", encoding="utf-8")
    (folder / "readme.txt").write_text("not data", encoding="utf-8")
    source = Source(tables={"Customer_360": tmp_path / "part*.parquet", "Orders 'n' more": folder})
    with open_session(source, Limits(), temp_folder) as session:
        assert session.schema().tables == {
            "Customer_360": {"a": "INTEGER"},
            "Orders 'n' more": {"id": "BIGINT", "total": "DOUBLE"},
        }
        [frame] = session.batches("SELECT a FROM customer_360 ORDER BY a")
        assert frame["a"].to_list() == [1, 2]
        with pytest.raises(QueryError, match=r"readme\.txt"):
            session.describe(f"SELECT * FROM read_text('{folder / 'readme.txt'}')")


def test_a_file_may_not_hide_a_table_of_the_database(database, temp_folder, tmp_path):
    duckdb.sql("SELECT 1 AS a").write_parquet(str(tmp_path / "x.parquet"))
    source = Source(database=database, tables={"CUSTOMER_360": tmp_path / "x.parquet"})
    with pytest.raises(ProjectError, match="in the database and under"):
        open_session(source, Limits(), temp_folder)
    assert list(temp_folder.iterdir()) == []
