from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdpipe.errors import ProjectError
from zdpipe.model.finding import Span
from zdpipe.model.query import Query, Role
from zdpipe.query import find_queries, read_attribute_tables, read_query


def read(text: str, dialect: str = "duckdb") -> Query:
    return read_query(Path("queries/q.sql"), Path(), Role.QUERY, dialect, text)


def test_a_file_is_named_by_its_stem_and_its_path_in_the_project(tmp_path: Path) -> None:
    file = tmp_path / "queries" / "users.sql"
    file.parent.mkdir()
    file.write_bytes("SELECT 'é' AS name\r\n".encode())
    query = read_query(file, tmp_path, Role.QUERY, "duckdb")
    assert (query.path, query.name, query.text) == ("queries/users.sql", "users", "SELECT 'é' AS name\r\n")
    assert query.statement is not None


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "q.sql"
    file.write_bytes(b"\xef\xbb\xbfSELECT FROM")
    query = read_query(file, tmp_path, Role.QUERY, "duckdb")
    assert query.text == "SELECT FROM"
    assert query.problem is not None
    assert query.problem.span == Span(1, 8, 1, 12)


def test_bytes_that_are_no_text_are_a_problem_at_their_place(tmp_path: Path) -> None:
    file = tmp_path / "q.sql"
    file.write_bytes("SELECT '😀é".encode() + b"\xff' AS name")
    query = read_query(file, tmp_path, Role.QUERY, "duckdb")
    assert query.problem is not None
    assert query.problem.span == Span(1, 11, 1, 12)
    assert "0xff" in query.problem.message


def test_a_missing_file_and_a_folder_are_project_errors_with_a_hint(tmp_path: Path) -> None:
    for path in (tmp_path / "none.sql", tmp_path):
        with pytest.raises(ProjectError) as caught:
            read_query(path, tmp_path, Role.QUERY, "duckdb")
        assert caught.value.hint


def test_an_unknown_dialect_of_the_project_is_a_project_error() -> None:
    with pytest.raises(ProjectError, match="klingon"):
        read("SELECT 1", "klingon")


def test_files_are_found_below_the_folder_in_one_order(tmp_path: Path) -> None:
    for name in ("b.sql", "a/z.SQL", "A.sql", ".hidden.sql", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("SELECT amperity_id FROM t")
    found = [path.relative_to(tmp_path).as_posix() for path in find_queries(tmp_path)]
    assert found == ["A.sql", "a/z.SQL", "b.sql"]
    assert find_queries(tmp_path / "missing") == ()
    tables = read_attribute_tables(tmp_path, tmp_path, "duckdb")
    assert [(table.name, table.role) for table in tables] == [
        ("A", Role.ATTRIBUTE_TABLE),
        ("z", Role.ATTRIBUTE_TABLE),
        ("b", Role.ATTRIBUTE_TABLE),
    ]


@pytest.mark.parametrize("text", ["", "  \n", "-- only words\n", ";;", "/* c */;"])
def test_a_file_without_sql_has_no_statements_and_no_problem(text: str) -> None:
    query = read(text)
    assert query.statements == ()
    assert query.problem is None


@given(st.text() | st.text("SELECT from()'\"-/*;,. \n\t{}[]$1a", max_size=60))
def test_any_text_is_parsed_or_has_a_problem_inside_of_it(text: str) -> None:
    query = read(text)
    if query.problem is None:
        return
    lines = query.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    span = query.problem.span
    assert query.statements == ()
    assert (1, 1) <= (span.line, span.column) <= (span.end_line, span.end_column)
    assert span.end_line <= len(lines)
    assert span.end_column <= len(lines[span.end_line - 1]) + 2  # the second character of CRLF


@given(st.binary())
def test_any_bytes_are_read(data: bytes) -> None:
    class File(type(Path())):
        def read_bytes(self) -> bytes:
            return data

    assert read_query(File("q.sql"), Path(), Role.QUERY, "duckdb").name == "q"
