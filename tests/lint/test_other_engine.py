"""With Spark as the engine, ZD112 marks what Spark would give otherwise, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.spark.same import LINES, SCHEMA, as_query
from zdpipe.model.query import Query, Role
from zdpipe.pipeline.linting import lint_queries
from zdpipe.project.load import load_project
from zdpipe.project.project import Project
from zdpipe.query import read_query
from zdpipe.query.spark import CURE

SPARK = '[source]\nengine = "spark"\nremote = "sc://localhost:15002"\n'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "zdpipe.toml").write_text(SPARK, encoding="utf-8")
    return load_project(tmp_path)


def in_dialect(project: Project, dialect: str, text: str) -> Query:
    return read_query(Path("q.sql"), project.root, Role.QUERY, dialect, text)


def messages(project: Project, query: Query) -> list[str]:
    return [one.message for one in lint_queries(project, [query], SCHEMA).findings if one.code == "ZD112"]


def test_each_line_has_its_marks(project: Project) -> None:
    wrong = []
    for line in LINES:
        query, marks = as_query(line)
        found = [one for one in lint_queries(project, [query], SCHEMA).findings if one.code == "ZD112"]
        places = {(one.span.column - 1, one.span.end_column - 1) for one in found}
        if places != marks:
            wrong.append((line, [one.message for one in found]))
    assert wrong == []


def test_a_finding_says_why_and_what_to_write(project: Project) -> None:
    query = in_dialect(project, "duckdb", "SELECT regexp_replace(s, 'a', 'b') AS name FROM t")
    [message] = messages(project, query)
    assert message == (
        "Spark would read this otherwise: Spark replaces every match and not the first alone. Add the option"
        f" 'g'. {CURE}"
    )


def test_sql_of_spark_runs_as_it_stands(project: Project) -> None:
    query = in_dialect(project, "spark", "SELECT regexp_replace(s, 'a', 'b') AS name, initcap(s) AS x FROM t")
    assert messages(project, query) == []


def test_other_dialects_go_by_way_of_duckdb(project: Project) -> None:
    fine = in_dialect(project, "trino", "SELECT lower(s) AS name, date_trunc('month', dt) AS x FROM t")
    assert messages(project, fine) == []
    lost = in_dialect(project, "trino", "SELECT reverse(s) AS name FROM t")
    assert "in DuckDB's SQL it has `REVERSE(s)`, and nobody has tried" in messages(project, lost)[0]


def test_what_duckdb_alone_can_read_is_an_error(project: Project) -> None:
    """sqlglot cannot follow it, so it cannot be translated."""
    query = in_dialect(project, "duckdb", "SELECT 5! AS name FROM t")
    found = lint_queries(project, [query], SCHEMA).findings
    assert [(one.code, one.severity.value) for one in found] == [("ZD101", "error")]


def test_duckdb_is_not_concerned(tmp_path: Path) -> None:
    (tmp_path / "zdpipe.toml").write_text("", encoding="utf-8")
    query, _ = as_query("«reverse(s)»")
    assert messages(load_project(tmp_path), query) == []


def test_attribute_tables_are_those_given(project: Project) -> None:
    (project.root / "attribute_tables").mkdir()
    (project.root / "attribute_tables" / "sums.sql").write_text("SELECT d AS x FROM t", encoding="utf-8")
    then = read_query(
        project.root / "attribute_tables" / "sums.sql",
        project.root,
        Role.ATTRIBUTE_TABLE,
        "duckdb",
        "SELECT i AS x FROM t",
    )
    query = in_dialect(project, "duckdb", "SELECT median(x) AS name FROM sums")
    for tables, count in ((None, 1), ([then], 0)):
        found = lint_queries(project, [query], SCHEMA, tables=tables).findings
        assert len([one for one in found if one.code == "ZD112"]) == count
