"""`[source] tables`: files, folders, patterns and hive-partitioned sets, through the real engine."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from zdpipe.engine.duckdb import Session, open_session
from zdpipe.errors import ProjectError, QueryError
from zdpipe.project.tables import Limits, Source


def parquet(path: Path, sql: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.sql(sql).write_parquet(str(path))
    return path


def text(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.fixture
def opened(temp_folder):
    sessions: list[Session] = []

    def over(path: Path) -> Session:
        sessions.append(open_session(Source(tables={"People": path}), Limits(), temp_folder))
        return sessions[-1]

    yield over
    for session in sessions:
        session.close()


@pytest.fixture
def refused(temp_folder):
    def over(path: Path) -> ProjectError:
        with pytest.raises(ProjectError) as caught:
            open_session(Source(tables={"People": path}), Limits(), temp_folder)
        assert list(temp_folder.glob("*")) == []
        return caught.value

    return over


def rows(session: Session, sql: str) -> list[tuple[object, ...]]:
    return [row for batch in session.batches(sql) for row in batch.rows()]


@pytest.mark.parametrize("ending", [".parquet", ".pq", ".csv", ".CSV", ".tsv"])
def test_one_file_is_a_table(opened, tmp_path, ending):
    path = tmp_path / f"people{ending}"
    if ending in {".parquet", ".pq"}:
        parquet(path, "SELECT 1 AS id, 'Ada' AS name")
    else:
        mark = "\t" if ending == ".tsv" else ","
        text(path, f"id{mark}name\n1{mark}Ada\n")
    assert rows(opened(path), "SELECT id, name FROM people") == [(1, "Ada")]


def test_a_folder_is_a_table_of_its_files_and_not_of_what_lies_beside_them(opened, tmp_path):
    folder = tmp_path / "people"
    for number in (1, 2):
        parquet(folder / f"{number}.parquet", f"SELECT {number} AS id")
    parquet(folder / "_old.parquet", "SELECT 3 AS id")
    text(folder / "._1.parquet", "left by a file manager")
    text(folder / "_SUCCESS", "")
    parquet(folder / "archive" / "0.parquet", "SELECT 4 AS id")
    assert rows(opened(folder), "SELECT id FROM People ORDER BY id") == [(1,), (2,)]
    assert rows(opened(tmp_path / "people" / "*" / "*.parquet"), "SELECT id FROM People") == [(4,)]
    assert rows(opened(tmp_path / "**" / "*.parquet"), "SELECT count(*) AS n FROM People") == [(3,)]


def test_a_folder_that_may_not_be_read_is_named(opened, tmp_path, monkeypatch):
    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(ProjectError, match="cannot be looked through: Permission denied") as caught:
        opened(tmp_path)
    assert str(tmp_path) in caught.value.message


def test_folders_of_partitions_become_columns(opened, tmp_path):
    folder = tmp_path / "orders"
    for country in ("de", "C%C3%B4te d'Ivoire", "__HIVE_DEFAULT_PARTITION__"):
        for month in ("01", "12"):
            parquet(folder / f"country={country}" / f"month={month}" / "0.parquet", "SELECT 7 AS id")
    session = opened(folder)
    assert session.schema().tables["People"] == {"id": "INTEGER", "country": "VARCHAR", "month": "VARCHAR"}
    found = rows(session, "SELECT country, month FROM People ORDER BY country, month")
    assert found[:2] == [("Côte d'Ivoire", "01"), ("Côte d'Ivoire", "12")]
    assert found[-1] == (None, "12")
    assert rows(session, "SELECT count(*) AS n FROM People WHERE month = '01'") == [(3,)]


def test_a_column_of_partitions_may_be_in_the_files_too(opened, tmp_path):
    parquet(tmp_path / "orders" / "year=2024" / "0.parquet", "SELECT 1 AS id, 2024 AS year")
    parquet(tmp_path / "orders" / "year=2025" / "0.parquet", "SELECT 2 AS id, 2025 AS year")
    assert rows(opened(tmp_path / "orders"), "SELECT * FROM People ORDER BY id") == [(1, 2024), (2, 2025)]


@pytest.mark.parametrize("pattern", ["year=*", "*/*.csv", "year=2025/*.csv"])
def test_a_pattern_finds_partitions_too(opened, tmp_path, pattern):
    for year in (2024, 2025):
        text(tmp_path / "orders" / f"year={year}" / "0.csv", f"id\n{year - 2000}\n")
    session = opened(tmp_path / "orders" / pattern)
    assert session.schema().tables["People"] == {"id": "BIGINT", "year": "BIGINT"}
    found = rows(session, "SELECT id, year FROM People ORDER BY id")
    assert found == [(24, 2024), (25, 2025)][-len(found) :]


def test_files_of_other_types_and_orders_get_types_that_hold_all_values(opened, tmp_path):
    parquet(tmp_path / "set" / "1.parquet", "SELECT 1 AS id, 1 AS spent, 'a' AS code")
    parquet(tmp_path / "set" / "2.parquet", "SELECT 2 AS CODE, 1.7::DOUBLE AS spent, 5000000000 AS id")
    session = opened(tmp_path / "set")
    assert session.schema().tables["People"] == {"id": "BIGINT", "spent": "DOUBLE", "code": "VARCHAR"}
    found = rows(session, "SELECT id, spent, code FROM People ORDER BY id")
    assert found == [(1, 1.0, "a"), (5_000_000_000, 1.7, "2")]


def test_csv_files_go_by_the_names_of_their_columns(opened, tmp_path):
    text(tmp_path / "set" / "1.csv", "id,name\n00017,Ada\n")
    text(tmp_path / "set" / "2.csv", "NAME;ID\nBo;x2\n")
    assert rows(opened(tmp_path / "set"), "SELECT id, name FROM People ORDER BY id") == [
        ("00017", "Ada"),
        ("x2", "Bo"),
    ]


def test_a_set_of_many_files_reads_their_footers_once(opened, tmp_path):
    for number in range(60):
        parquet(tmp_path / "set" / f"{number:02}.parquet", f"SELECT {number} AS id, [{{'a': 1}}] AS nested")
    assert rows(opened(tmp_path / "set"), "SELECT count(*) AS n, max(id) AS m FROM People") == [(60, 59)]


def test_no_other_file_of_the_folder_is_open_to_queries(opened, tmp_path):
    parquet(tmp_path / "set" / "1.parquet", "SELECT 1 AS id")
    other = parquet(tmp_path / "set" / "_2.parquet", "SELECT 2 AS id")
    with pytest.raises(QueryError):
        rows(opened(tmp_path / "set"), f"SELECT * FROM read_parquet('{other}')")


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_files_that_lack_a_column_are_named_with_it(refused, tmp_path, ending):
    folder = tmp_path / "set"
    if ending == "csv":
        text(folder / "1.csv", "id,name\n1,Ada\n")
        text(folder / "2.csv", "id,city,zip\n2,Oslo,1\n")
    else:
        parquet(folder / "1.parquet", "SELECT 1 AS id, 'Ada' AS name")
        parquet(folder / "2.parquet", "SELECT 2 AS id, 'Oslo' AS city, 1 AS zip")
    error = refused(folder)
    assert error.message == (
        f'The files of table "People" do not have the same columns: beside {folder}/1.{ending}, '
        f"{folder}/2.{ending} lacks name and has city, zip besides."
    )
    assert "union_by_name = true" in error.hint


def test_a_set_without_files_says_which_kind_of_nothing_it_found(refused, tmp_path, snapshot):
    (tmp_path / "empty").mkdir()
    parquet(tmp_path / "deeper" / "2026" / "1.parquet", "SELECT 1 AS id")
    paths = {
        "no such file": tmp_path / "people.parquet",
        "an empty folder": tmp_path / "empty",
        "only folders": tmp_path / "deeper",
        "nothing matches": tmp_path / "deeper" / "*.parquet",
        "an address": Path(f"{tmp_path}/s3://bucket/people.parquet"),
    }
    told = {name: (error.message, error.hint) for name, path in paths.items() if (error := refused(path))}
    assert {k: [t.replace(str(tmp_path), "FOLDER") for t in v] for k, v in told.items()} == snapshot


def test_files_that_do_not_belong_together_are_named(refused, tmp_path, snapshot):
    text(tmp_path / "mixed" / "1.csv", "id\n1\n")
    parquet(tmp_path / "mixed" / "2.parquet", "SELECT 2 AS id")
    text(tmp_path / "pages" / "1.csv", "id\n1\n")
    text(tmp_path / "pages" / "2.xlsx", "x")
    parquet(tmp_path / "parts" / "year=2024" / "1.parquet", "SELECT 1 AS id")
    parquet(tmp_path / "parts" / "2.parquet", "SELECT 2 AS id")
    parquet(tmp_path / "delta" / "1.parquet", "SELECT 1 AS id")
    text(tmp_path / "delta" / "_delta_log" / "0.json", "{}")
    text(tmp_path / "ice" / "metadata" / "version-hint.text", "1")
    paths = ["mixed", "pages/*", "parts", "delta", "ice"]
    told = {path: (error.message, error.hint) for path in paths if (error := refused(tmp_path / path))}
    assert {k: [t.replace(str(tmp_path), "FOLDER") for t in v] for k, v in told.items()} == snapshot


UNREADABLE = {
    "not.parquet": b"PAR1" + b"x" * 300 + b"PAR1",
    "short.parquet": b"no",
    "empty.csv": b"",
    "latin.csv": "id,name\n1,José\n".encode("latin-1"),
    "bytes.csv": bytes(range(256)) * 20,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_named(refused, tmp_path, name, snapshot):
    good = text(tmp_path / "set" / f"0{Path(name).suffix}", "id,name\n1,Ada\n")
    if good.suffix == ".parquet":
        parquet(good, "SELECT 1 AS id")
    text(tmp_path / "set" / name, UNREADABLE[name])
    error = refused(tmp_path / "set")
    assert str(tmp_path / "set" / name) in error.message
    assert "José" not in error.message
    told = f"{error.message}\n→ {error.hint}"
    assert told.replace(str(tmp_path), "FOLDER") == snapshot


BROKEN_LATER = {
    "a word": "Ann Secret,Bo\n",
    "too many": "1,Ann Secret,Bo\n",
    "too few": "1\n",
    "a quote": '1,"Ann Secret\n' + "2,Bo\n" * 3,
    "a byte": b"1,Ann Secret \xe9\n",
}


@pytest.mark.parametrize("kind", BROKEN_LATER)
def test_a_line_that_breaks_later_is_named_without_its_values(opened, tmp_path, kind, snapshot):
    line = BROKEN_LATER[kind]
    rest = line if isinstance(line, bytes) else line.encode()
    path = text(tmp_path / "people.csv", b"id,name\n" + b'1,"Ada"\n' * 30_000 + rest)
    with pytest.raises(QueryError) as caught:
        rows(opened(path), "SELECT max(id) AS id, max(name) AS name FROM People")
    told = f"{caught.value.message}\n→ {caught.value.hint}".replace(str(tmp_path), "FOLDER")
    assert "Secret" not in told
    assert "people.csv" in told
    assert told == snapshot


def test_a_name_that_a_view_has_is_taken(tmp_path, temp_folder):
    path = parquet(tmp_path / "1.parquet", "SELECT 1 AS id")
    source = Source(tables={"People": path}, setup=("CREATE VIEW people AS SELECT 2 AS id",))
    with pytest.raises(ProjectError, match=r'"People" is in the database and under'):
        open_session(source, Limits(), temp_folder)
