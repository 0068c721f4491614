"""The kinds that translation goes by are those of DuckDB, or none are known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from sqlglot import exp

from tests.spark.same import LINES, SCHEMA, as_query
from zdpipe.model.query import Query, Role
from zdpipe.model.schema import SourceSchema
from zdpipe.query.parse import parse
from zdpipe.query.spark.kinds import Kind, kind_of, note_kinds

VALUES = Path(__file__).parents[2] / "spark" / "values.sql"
INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"})


@pytest.fixture(scope="module")
def source() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"CREATE TABLE t AS {VALUES.read_text(encoding='utf-8')}")
        con.execute("CREATE TABLE letters AS SELECT 1 AS id, 'a' AS s")
        yield con


def in_duckdb(kind: str) -> str:
    if kind in INTEGERS:
        return "INTEGER"
    if kind.startswith("DECIMAL"):
        return "DECIMAL"
    if kind.endswith("[]"):
        return "LIST"
    return kind.strip('"') if kind.strip('"') in set(Kind) else str(Kind.OTHER)


def test_kinds_are_those_that_duckdb_gives(source: duckdb.DuckDBPyConnection) -> None:
    wrong = []
    for line in LINES:
        query, marks = as_query(line)
        tree = query.statement.copy() if query.statement is not None else None
        if marks or not isinstance(tree, exp.Select):
            continue
        note_kinds(tree, SCHEMA, {})
        given = [in_duckdb(str(kind)) for kind in source.sql(query.text).types]
        said = [str(kind_of(item.unalias())) for item in tree.selects]
        if len(given) == len(said):
            wrong += [
                (line, one, other)
                for one, other in zip(said, given, strict=True)
                if one not in {other, "unknown", "None"} and other != "NULL"
            ]
    assert wrong == []


def kinds_of(
    text: str, schema: SourceSchema | None, tables: dict[str, str] | None = None
) -> list[Kind | None]:
    made = {name: a_query(sql) for name, sql in (tables or {}).items()}
    tree = a_query(text).statement
    assert isinstance(tree, exp.Select)
    note_kinds(tree, schema, made)
    return [kind_of(item.unalias()) for item in tree.selects]


def a_query(text: str) -> Query:
    parsed = parse(text, "duckdb")
    assert isinstance(parsed, tuple)
    return Query("q.sql", "q", Role.QUERY, text, "duckdb", statements=parsed)


def test_without_a_schema_nothing_is_known() -> None:
    assert kinds_of("SELECT d, 1 FROM t", None) == [None, None]


def test_what_is_in_no_schema_is_unknown() -> None:
    assert kinds_of("SELECT a.x, 1 FROM elsewhere AS a", SCHEMA) == [Kind.UNKNOWN, Kind.INTEGER]


@pytest.mark.parametrize("name", ["crm.people", "lake.crm.people", "CRM.People"])
def test_tables_of_databases_are_known(name: str) -> None:
    schema = SourceSchema({"crm.people": {"Spent": "DECIMAL(12,2)"}, "t": {"a": "INTEGER"}})
    assert kinds_of(f"SELECT spent, people.spent, t.a FROM {name}, t", schema) == [
        Kind.DECIMAL,
        Kind.DECIMAL,
        Kind.INTEGER,
    ]


def test_a_cte_is_not_a_table_of_its_name() -> None:
    schema = SourceSchema({"crm.people": {"spent": "DECIMAL(12,2)"}, "t": {"a": "INTEGER"}})
    text = "WITH people AS (SELECT a AS spent FROM t) SELECT spent FROM people"
    assert kinds_of(text, schema) == [Kind.INTEGER]


def test_attribute_tables_in_a_circle_are_unknown() -> None:
    tables = {"one": "SELECT a FROM two", "two": "SELECT a FROM one"}
    assert kinds_of("SELECT a FROM one", SCHEMA, tables) == [Kind.UNKNOWN]


def test_attribute_tables_are_looked_into() -> None:
    tables = {"spending": "SELECT id, d / 2 AS half FROM t"}
    assert kinds_of("SELECT half, id FROM spending", SCHEMA, tables) == [Kind.DOUBLE, Kind.INTEGER]
