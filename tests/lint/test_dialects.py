"""The functions of each dialect, run in DuckDB: what fails or reads otherwise has a finding at its place.

Each line of dialects/<dialect>.txt is a query, or an item of one. «…» marks what a finding points at; without
a mark there is none, and the translation runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.lint.build import CUSTOMER_360, a_query
from zdpipe.errors import QueryError
from zdpipe.lint import LintContext, lint
from zdpipe.lint.catalog import Catalog
from zdpipe.lint.types import FLOATS, LISTS, NUMBERS, SHAPELESS, TEXTS, result_types
from zdpipe.model.query import Query
from zdpipe.model.schema import SourceSchema
from zdpipe.query import engine_sql

FOLDER = Path(__file__).parent / "dialects"
START = "SELECT amperity_id AS external_id, full_name AS name, "
# The translation runs, and what it gives is something else.
OTHERWISE = "  -- reads otherwise"
CODES = {"ZD101", "ZD107", "ZD108", "ZD109", "ZD112", "ZD113", "ZD114", "ZD602"}
TABLES = {
    "Customer_360": {
        **CUSTOMER_360,
        "payload": "JSON",
        "points": "INTEGER",
        "signup_ts": "TIMESTAMP",
        "tags_list": "VARCHAR[]",
    },
    "Orders": {"amperity_id": "VARCHAR", "total": "DOUBLE"},
}
VALUES = {
    "DATE": "DATE '2024-05-06'",
    "DOUBLE": "12.5",
    "INTEGER": "7",
    "JSON": """'{"a": {"b": 1}, "c": [1, 2]}'""",
    "TIMESTAMP": "TIMESTAMP '2024-05-06 07:08:09'",
    "VARCHAR": "'94105'",
    "VARCHAR[]": "['x', 'y']",
}
CLASSES = {"list": LISTS, "no value": SHAPELESS, "float": FLOATS, "number": NUMBERS, "text": TEXTS}

every_dialect = pytest.mark.parametrize("dialect", sorted(path.stem for path in FOLDER.glob("*.txt")))


@pytest.fixture(scope="module")
def source() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, columns in TABLES.items():
            kinds = {column: kind.replace("UUID", "VARCHAR") for column, kind in columns.items()}
            listed = ", ".join(f"{column} {kind}" for column, kind in kinds.items())
            connection.execute(f"CREATE TABLE {name} ({listed})")
            connection.execute(f"INSERT INTO {name} VALUES ({', '.join(VALUES[k] for k in kinds.values())})")
        yield connection


def cases(dialect: str) -> list[str]:
    return (FOLDER / f"{dialect}.txt").read_text(encoding="utf-8").splitlines()


def marked_query(line: str, dialect: str) -> tuple[Query, list[tuple[int, int]]]:
    """Return the query of a line, and the offsets of what is marked."""
    item = line.removesuffix(OTHERWISE)
    text = item if item.startswith("SELECT ") else f"{START}{item} AS notes FROM Customer_360"
    marks = []
    while opening := re.search("«", text):
        text = text.replace("«", "", 1)
        marks.append((opening.start(), text.index("»")))
        text = text.replace("»", "", 1)
    return a_query(text, dialect=dialect), marks


def runs(query: Query, source: duckdb.DuckDBPyConnection) -> bool:
    try:
        source.execute(engine_sql(query)).fetchall()
    except (QueryError, duckdb.Error):
        return False
    return True


@every_dialect
def test_what_duckdb_cannot_do_is_found_at_its_place_and_nothing_else(
    dialect: str, source: duckdb.DuckDBPyConnection
) -> None:
    wrong = []
    for line in cases(dialect):
        query, marks = marked_query(line, dialect)
        found = lint([query], LintContext(schema=SourceSchema(TABLES)))
        places = {(f.span.column - 1, f.span.end_column - 1) for f in found if f.code in CODES}
        works = runs(query, source)
        if places != set(marks) or works != (not marks or line.endswith(OTHERWISE)):
            wrong.append((line, sorted(places), works))
    assert wrong == []


@every_dialect
def test_types_are_those_that_duckdb_gives(dialect: str, source: duckdb.DuckDBPyConnection) -> None:
    """Where sqlglot says list, number or text, rules believe it."""
    catalog = Catalog(LintContext(schema=SourceSchema(TABLES)))
    wrong = []
    for line in cases(dialect):
        query, marks = marked_query(line, dialect)
        kind = None if marks else result_types(query, catalog, 3)[2]
        if kind is not None:
            (given,) = source.execute(
                f"SELECT typeof(notes) FROM ({engine_sql(query)}) LIMIT 1"
            ).fetchone() or (None,)
            said = next((name for name, types in CLASSES.items() if kind.this in types), None)
            if said is not None and given is not None and not _is_class(given, said):
                wrong.append((line, said, given))
    assert wrong == []


def _is_class(given: str, said: str) -> bool:
    number = re.fullmatch(r"U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DECIMAL.*|DOUBLE|FLOAT", given)
    return {
        "list": given.endswith("[]"),
        "no value": given.startswith(("STRUCT", "MAP", "JSON", "BLOB", "INTERVAL")),
        "float": given in {"DOUBLE", "FLOAT"},
        "number": number is not None,
        "text": given in {"VARCHAR", "UUID"},
    }[said]


@pytest.mark.parametrize("dialect", ["presto", "trino", "spark"])
@pytest.mark.parametrize(
    ("unit", "start", "end", "expected"),
    [
        ("year", "2000-06-01", "2024-05-31", 23),
        ("year", "2000-06-01", "2024-06-01", 24),
        ("month", "2024-01-31", "2024-02-01", 0),
        ("day", "2024-01-31", "2024-02-02", 2),
    ],
)
def test_dates_are_apart_by_whole_units(
    dialect: str, unit: str, start: str, end: str, expected: int, source: duckdb.DuckDBPyConnection
) -> None:
    call = "datediff" if dialect == "spark" else "date_diff"
    written = unit if dialect == "spark" else f"'{unit}'"
    item = f"{call}({written}, DATE '{start}', DATE '{end}')"
    query, _ = marked_query(item, dialect)
    row = source.execute(engine_sql(query)).fetchone()
    assert row is not None
    assert row[2] == expected
