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
from zdpipe.errors import StateError
from zdpipe.parted import Parted, parts_of, passing_folder

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


@pytest.mark.parametrize("name", ["rows", "a [prod]", "part=7"])
def test_rows_of_a_join_are_parted_like_any_others(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, name: str
) -> None:
    connection.execute("INSERT INTO rows SELECT 'k' || range % 50, range::VARCHAR FROM range(200)")
    joined = "FROM rows SEMI JOIN (VALUES ('k1'), ('k2'), ('k3')) AS few(key) USING (key)"
    found = kept(connection, Parted(tmp_path / name, 4).write_joined(connection, joined))
    whole = kept(connection, Parted(tmp_path / "whole", 4).write(connection, "FROM rows"))
    assert [sorted(part) for part in found] == [
        sorted((key, value) for key, value in part if key in {"k1", "k2", "k3"}) for part in whole
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "whole"])


def test_a_part_without_rows_has_the_columns(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = Parted(tmp_path / "rows", 2).write(connection, "FROM rows")
    for part in range(2):
        assert connection.sql(f"FROM {rows.read(part)}").columns == ["key", "value"]


def test_parts_are_small_and_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parted, "_VALUES_A_PART", 20)
    monkeypatch.setattr(parted, "_MOST_PARTS", 3)
    assert [parts_of(rows, 2) for rows in (0, 1, 10, 11, 30, 31, 1_000)] == [1, 1, 1, 2, 3, 3, 3]


@pytest.mark.parametrize("name", ["a [prod]", "part=7", "*", "it's {here}"])
def test_a_folder_of_any_name_will_do(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).mkdir()
    connection.execute("INSERT INTO rows VALUES ('a', 'b'), ('c', 'd')")
    rows = Parted(tmp_path / name / "rows", 3).write(connection, "FROM rows")
    again = Parted(tmp_path / name / "again", 3)
    again.write_each(connection, lambda part: f"FROM {rows.read(part)}")
    rows.remove()
    assert sorted(connection.execute(f"FROM {again.read_all()}").fetchall()) == [("a", "b"), ("c", "d")]


def test_a_passing_folder_is_private_and_thrown_away(tmp_path: Path) -> None:
    with passing_folder(tmp_path) as folder:
        (folder / "file").touch()
        assert folder.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StateError, match="cannot be made"), passing_folder(tmp_path / "nowhere"):
        pass


def test_a_folder_that_cannot_be_made_is_told(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="cannot be made"):
        Parted(tmp_path / "nowhere" / "rows", 1).write(connection, "FROM rows")


@pytest.mark.parametrize("fields", [10, pytest.param(40, marks=pytest.mark.large)])
def test_wide_rows_fit_as_narrow_ones_do(tmp_path: Path, fields: int) -> None:
    columns = ", ".join(f"'{{value}} {number} ' || md5(key) AS f{number}" for number in range(fields))
    rows = f"SELECT *, {columns} FROM (SELECT i::VARCHAR AS key FROM range(200_000) AS numbers(i))"
    lists = ", ".join(f"json_object('a', max(f{number})), list(f{number})" for number in range(fields))
    with duckdb.connect(config={"memory_limit": "250MB", "temp_directory": str(tmp_path)}) as connection:
        connection.execute("SET threads = 2")
        whole = Parted(tmp_path / "rows", parts_of(200_000, fields)).write(connection, rows)
        grouped = Parted(tmp_path / "grouped", whole.parts)
        grouped.write_each(
            connection, lambda part: f"SELECT key, {lists} FROM {whole.read(part)} GROUP BY key"
        )
        assert connection.execute(f"SELECT count(*) FROM {grouped.read_all()}").fetchall() == [(200_000,)]
