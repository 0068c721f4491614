"""The file: exact, repeatable, whole or not there, and never in place of somebody's data."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from zdpipe.clock import SystemClock
from zdpipe.errors import ProjectError, UsageProblem
from zdpipe.sample import SampleSummary, fill, write_sample

EVERYTHING = "FROM Customer_360"
COLUMNS = {
    "amperity_id": "VARCHAR",
    "full_name": "VARCHAR",
    "given_name": "VARCHAR",
    "surname": "VARCHAR",
    "email": "VARCHAR",
    "phone": "VARCHAR",
    "address": "VARCHAR",
    "address2": "VARCHAR",
    "city": "VARCHAR",
    "state": "VARCHAR",
    "postal": "VARCHAR",
    "country": "VARCHAR",
    "birthdate": "DATE",
    "loyalty_tier": "VARCHAR",
    "loyalty_points": "BIGINT",
    "lifetime_value": "DOUBLE",
    "order_count": "INTEGER",
    "last_order_date": "DATE",
    "email_opt_in": "BOOLEAN",
    "churn_likelihood": "DOUBLE",
}


def text(rows):
    """Rows as text, because NaN does not equal itself."""
    return [repr(row) for row in rows]


@pytest.mark.parametrize("rows", [0, 1, 2, 10, 777])
def test_the_table_has_exactly_the_rows_asked_for(tmp_path, read, rows):
    path = tmp_path / "new" / "folder" / "sample.duckdb"
    summary = write_sample(path, rows, 3)
    assert read(path, "SELECT count(*) FROM Customer_360") == [(rows,)]
    assert summary == SampleSummary(path, rows, 3, path.stat().st_size)
    assert [entry.name for entry in path.parent.iterdir()] == ["sample.duckdb"]


def test_columns_and_types(customers):
    described = customers.execute("DESCRIBE Customer_360").fetchall()
    assert {name: kind for name, kind, *_ in described} == COLUMNS


def test_the_same_seed_gives_the_same_rows_with_any_number_of_threads(tmp_path, read, monkeypatch):
    monkeypatch.setattr(fill, "ROWS_AT_ONCE", 1_300)
    write_sample(tmp_path / "one", 3_000, 7, threads=1)
    monkeypatch.undo()
    write_sample(tmp_path / "two", 3_000, 7, threads=2)
    assert text(read(tmp_path / "one", EVERYTHING)) == text(read(tmp_path / "two", EVERYTHING))


def test_another_seed_gives_other_people(tmp_path, read):
    write_sample(tmp_path / "one", 500, 1)
    write_sample(tmp_path / "two", 500, 2)
    names = "SELECT amperity_id, full_name FROM Customer_360 ORDER BY ALL"
    one, two = read(tmp_path / "one", names), read(tmp_path / "two", names)
    assert not {key for key, _ in one} & {key for key, _ in two}
    assert sorted(str(name) for _, name in one) != sorted(str(name) for _, name in two)


def test_a_smaller_sample_is_the_beginning_of_a_larger_one(tmp_path, read):
    write_sample(tmp_path / "small", 150, 5)
    write_sample(tmp_path / "large", 400, 5)
    assert text(read(tmp_path / "small", EVERYTHING)) == text(
        read(tmp_path / "large", f"{EVERYTHING} LIMIT 150")
    )


def test_the_rows_of_seed_1_stay_the_same_from_release_to_release(customers):
    content = "\n".join(text(customers.execute("FROM Customer_360 LIMIT 500").fetchall()))
    assert hashlib.sha256(content.encode()).hexdigest()[:16] == "c4a77463c3ad9980"


def test_an_older_sample_is_replaced(tmp_path, read):
    path = tmp_path / "sample.duckdb"
    write_sample(path, 5)
    write_sample(path, 6)
    assert read(path, "SELECT count(*) FROM Customer_360") == [(6,)]


def own_customers(path):
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE Customer_360 AS SELECT 'real' AS amperity_id")


def sample_with(statement):
    def make(path):
        write_sample(path, 1)
        with duckdb.connect(path) as connection:
            connection.execute(statement)

    return make


@pytest.mark.parametrize(
    "make",
    [
        own_customers,
        sample_with("CREATE TABLE orders (id INTEGER)"),
        sample_with("CREATE VIEW gold AS FROM Customer_360"),
        sample_with("CREATE SEQUENCE numbers"),
        sample_with("CREATE MACRO twice(x) AS 2 * x"),
        lambda path: path.write_text("a,b\n1,2\n" * 2_000),
        lambda path: path.touch(),
        lambda path: path.mkdir(),
    ],
    ids=["own table", "second table", "view", "sequence", "macro", "text file", "empty file", "folder"],
)
def test_a_file_of_somebody_else_is_refused_and_left_alone(tmp_path, make):
    path = tmp_path / "data.duckdb"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(ProjectError, match=r"data\.duckdb") as refused:
        write_sample(path, 5)
    assert "--out" in refused.value.hint
    assert (path.read_bytes() if path.is_file() else None) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["data.duckdb"]


def test_a_folder_that_cannot_be_made_is_a_project_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ProjectError, match="cannot be written"):
        write_sample(tmp_path / "file" / "below" / "sample.duckdb", 5)


def test_too_little_memory_is_a_project_error_and_leaves_nothing(tmp_path):
    with pytest.raises(ProjectError, match="cannot be written"):
        write_sample(tmp_path / "sample.duckdb", 100_000, memory="3MB")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rows", [-1, 10**12])
def test_an_impossible_number_of_rows_is_a_usage_problem(tmp_path, rows):
    with pytest.raises(UsageProblem, match="rows"):
        write_sample(tmp_path / "sample.duckdb", rows)


def test_control_c_leaves_the_old_sample_and_nothing_beside_it(tmp_path, read):
    path = tmp_path / "sample.duckdb"
    write_sample(path, 5)
    program = (
        "import sys; from pathlib import Path; from zdpipe.sample import write_sample\n"
        "try: write_sample(Path(sys.argv[1]), 200_000_000)\n"
        "except KeyboardInterrupt: sys.exit(130)"
    )
    root = Path(__file__).parents[2]
    clock = SystemClock()
    with subprocess.Popen([sys.executable, "-c", program, str(path)], cwd=root) as process:
        while not list(tmp_path.glob(".zdpipe-sample-*/sample.duckdb")):
            assert process.poll() is None
            clock.sleep(0.02)
        clock.sleep(0.5)
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(60) == 130
    assert [entry.name for entry in tmp_path.iterdir()] == ["sample.duckdb"]
    assert read(path, "SELECT count(*) FROM Customer_360") == [(5,)]


@pytest.mark.large
def test_a_million_rows_keep_the_rates(tmp_path, read):
    path = tmp_path / "sample.duckdb"
    write_sample(path, 1_000_000)
    counts = """
        SELECT
          count(*)
          , count(DISTINCT lower(amperity_id))
          , count(*) FILTER (trim(coalesce(full_name, '')) = '')
        FROM Customer_360
    """
    [(rows, ids, nameless)] = read(path, counts)
    assert rows == 1_000_000
    assert 0.95 < ids / rows < 0.97
    assert 0.03 < nameless / rows < 0.034
