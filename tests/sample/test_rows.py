from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from zdpipe.errors import UsageProblem
from zdpipe.sample.rows import write_rows

TYPES = {"Customers": {"id": "UUID", "Name": "VARCHAR", "born": "DATE", "tags": "VARCHAR[]"}}
ID = "00000000-0000-4000-8000-000000000001"


def read(path: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_rows_get_the_types_of_the_source_and_nulls_for_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "rows.duckdb"
    rows = [{"id": ID, "NAME": "Jane"}, {"born": date(1990, 1, 31), "tags": ["a", "b"]}, {}]
    write_rows(path, {"customers": rows}, TYPES)
    assert read(path, "SELECT id::VARCHAR, Name, born, tags FROM Customers") == [
        (ID, "Jane", None, None),
        (None, None, date(1990, 1, 31), ["a", "b"]),
        (None, None, None, None),
    ]
    assert read(path, "SELECT typeof(id) FROM Customers LIMIT 1") == [("UUID",)]


def test_tables_without_rows_are_there_and_empty(tmp_path: Path) -> None:
    path = tmp_path / "rows.duckdb"
    write_rows(path, {}, {**TYPES, "crm.Orders": {"total": "DECIMAL(10,2)"}})
    assert read(path, "SELECT count(*) FROM Customers") == [(0,)]
    assert read(path, "SELECT count(total) FROM crm.Orders") == [(0,)]


def test_unknown_tables_take_their_types_from_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.duckdb"
    write_rows(path, {"crm.Odd": [{"a b": 1}, {"total": Decimal("1.50")}]}, {})
    assert read(path, 'SELECT "a b", total, typeof(total) FROM crm.Odd') == [
        (1, None, "DECIMAL(3,2)"),
        (None, Decimal("1.50"), "DECIMAL(3,2)"),
    ]


@pytest.mark.parametrize(
    ("tables", "message", "hint"),
    [
        ({"Customers": [{}, {"nmae": "x"}]}, "Row 2 of Customers has a column nmae", "Did you mean Name?"),
        (
            {"Customers": [{"born": "yesterday"}]},
            "The rows of Customers do not fit: .*yesterday",
            "columns take",
        ),
        ({"Orders": []}, "Nobody knows the columns of Orders", "zdpipe schema"),
        ({"Orders": [{"a": 1}, {"a": "x"}]}, "The rows of Orders do not fit", "the same kind"),
        ({"far.away.Orders": [{"a": 1}]}, "lies in a database of its own", "own database"),
    ],
)
def test_rows_that_do_not_fit_are_told_with_the_cure(
    tmp_path: Path, tables: dict[str, list[dict[str, object]]], message: str, hint: str
) -> None:
    with pytest.raises(UsageProblem, match=message) as caught:
        write_rows(tmp_path / "rows.duckdb", tables, TYPES)
    assert hint in caught.value.hint


def test_tables_of_other_databases_stand_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "rows.duckdb"
    write_rows(path, {"Customers": [{"Name": "Jane"}]}, {**TYPES, "crm.sales.Orders": {"total": "INTEGER"}})
    assert read(path, "SELECT Name FROM Customers") == [("Jane",)]
