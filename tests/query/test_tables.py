from __future__ import annotations

from pathlib import Path

import pytest

from tests.query.test_files import read
from zdpipe.errors import ProjectError
from zdpipe.model.query import Query, Role
from zdpipe.query import attribute_tables_needed, read_query, tables_read


def table(name: str, text: str) -> Query:
    return read_query(Path(f"attribute_tables/{name}.sql"), Path(), Role.ATTRIBUTE_TABLE, "duckdb", text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "SELECT a FROM Customer_360 c, customer_360 d JOIN main.Orders USING (a)",
            ("Customer_360", "main.Orders"),
        ),
        ("WITH x AS (SELECT 1), y AS (SELECT * FROM X, z) SELECT * FROM y", ("z",)),
        ("WITH t AS (SELECT * FROM t) SELECT * FROM T", ("t",)),
        ("WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT * FROM r) SELECT * FROM r", ()),
        ("SELECT (WITH x AS (SELECT 1) SELECT * FROM x), b FROM x", ("x",)),
        ("SELECT * FROM read_csv('a'), range(3), (VALUES (1)) v", ()),
        ("SELECT 1 WHERE EXISTS (SELECT 1 FROM b) UNION SELECT 2 FROM a", ("b", "a")),
        ("SELECT FROM", ()),
    ],
)
def test_tables_are_those_that_no_cte_and_no_function_provides(text: str, names: tuple[str, ...]) -> None:
    assert tables_read(read(text)) == names


def test_attribute_tables_come_after_those_they_read() -> None:
    tables = {
        "A": table("A", "SELECT * FROM b, c"),
        "b": table("b", "SELECT * FROM Customer_360, C"),
        "C": table("C", "SELECT * FROM Customer_360"),
        "unused": table("unused", "SELECT * FROM Customer_360"),
    }
    needed = attribute_tables_needed([read("SELECT * FROM a"), read("SELECT * FROM B")], tables)
    assert [query.name for query in needed] == ["C", "b", "A"]


def test_a_circle_is_named_from_table_to_table() -> None:
    tables = {
        "a": table("a", "SELECT * FROM B"),
        "B": table("B", "SELECT * FROM c"),
        "c": table("c", "SELECT * FROM b"),
    }
    with pytest.raises(ProjectError, match="B → c → B") as caught:
        attribute_tables_needed([read("SELECT * FROM a")], tables)
    assert caught.value.hint
