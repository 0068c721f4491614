from __future__ import annotations

import pytest

from tests.query.test_files import read
from zdpipe.query import output_columns


def test_columns_carry_their_names_and_places() -> None:
    text = 'SELECT\n  t.email, lower(full_name) AS "Name", (city), count(*)\nFROM t UNION SELECT 1, 2, 3, 4'
    columns = output_columns(read(text))
    assert columns is not None
    assert [(column.name, text[column.start : column.end]) for column in columns] == [
        ("email", "t.email"),
        ("Name", 'lower(full_name) AS "Name"'),
        ("city", "(city)"),
        (None, "count(*)"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM t",
        "SELECT a, t.* FROM t",
        "FROM t",
        "SELECT columns('x') FROM t",
        "SELECT 1; SELECT 2",
        "",
        "DROP x",
    ],
)
def test_columns_that_the_text_alone_cannot_tell_are_none(text: str) -> None:
    assert output_columns(read(text)) is None
