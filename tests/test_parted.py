"""Rows of people in parts: each part has all rows of its keys, and together they are all there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdpipe import parted
from zdpipe.parted import Parted, parts_of

Rows = list[tuple[str, str]]
KEYS = st.text(alphabet="ab'é", max_size=3)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE rows (key VARCHAR, value VARCHAR)")
        yield connection


def kept(connection: duckdb.DuckDBPyConnection, rows: Parted) -> list[Rows]:
    return [connection.execute(f"FROM {rows.read(part)}").fetchall() for part in range(rows.parts)]


@given(st.lists(st.tuples(KEYS, KEYS)), st.integers(1, 5))
def test_parts_have_all_rows_and_each_key_once(rows: Rows, parts: int) -> None:
    with tempfile.TemporaryDirectory() as name, duckdb.connect() as connection:
        connection.execute("CREATE TABLE rows (key VARCHAR, value VARCHAR)")
        if rows:
            connection.executemany("INSERT INTO rows VALUES (?, ?)", rows)
        one = Parted(Path(name, "one"), parts).write(connection, "FROM rows")
        found = kept(connection, one)
        assert sorted(row for part in found for row in part) == sorted(rows)
        keys = [{key for key, _ in part} for part in found]
        assert sum(map(len, keys)) == len({key for key, _ in rows})
        # Part by part what is made of them is in the same parts.
        other = Parted(Path(name, "it's another"), parts)
        other.write_each(connection, lambda part: f"SELECT DISTINCT key FROM {one.read(part)}")
        assert [{key for (key,) in part} for part in kept(connection, other)] == keys
        assert Parted.found(other.folder) == other
        assert len(connection.execute(f"FROM {other.read_all()}").fetchall()) == sum(map(len, keys))


def test_a_part_without_rows_has_the_columns(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = Parted(tmp_path / "rows", 2).write(connection, "FROM rows")
    for part in range(2):
        assert connection.sql(f"FROM {rows.read(part)}").columns == ["key", "value"]


def test_parts_are_small_and_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parted, "_ROWS_A_PART", 10)
    monkeypatch.setattr(parted, "_MOST_PARTS", 3)
    assert [parts_of(rows) for rows in (0, 1, 10, 11, 30, 31, 1_000)] == [1, 1, 1, 2, 3, 3, 3]
