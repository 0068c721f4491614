"""Columns beside aggregates, compared with what DuckDB says of the same query."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.lint.build import SCHEMA, places

OK = "c.amperity_id AS external_id, c.full_name AS name"
FROM = "FROM Customer_360 c JOIN Orders o ON o.amperity_id = c.amperity_id"


@pytest.fixture(scope="module")
def source() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for name, columns in SCHEMA.tables.items():
            listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            connection.execute(f"CREATE TABLE {name} ({listed})")
        yield connection


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"SELECT {OK}, sum(o.total) AS notes {FROM}", ["ZD114 1:8-1:21", "ZD114 1:38-1:49"]),
        (f"SELECT {OK}, sum(o.total) AS notes {FROM} GROUP BY 1", ["ZD114 1:38-1:49"]),
        (f"SELECT {OK}, sum(o.total) AS notes {FROM} GROUP BY c.amperity_id", ["ZD114 1:38-1:49"]),
        (f"SELECT {OK}, sum(total) + lifetime_value AS notes {FROM} GROUP BY 1, 2", ["ZD114 1:72-1:86"]),
        (f"SELECT {OK}, sum(total) AS notes, upper(city) AS alias {FROM} GROUP BY 1, 2", ["ZD114 1:86-1:90"]),
        (
            (
                "WITH t AS (SELECT amperity_id, city, max(email) AS e FROM Customer_360 GROUP BY 1)\n"
                "SELECT amperity_id AS external_id, e AS name FROM t"
            ),
            ["ZD114 1:32-1:36"],
        ),
        (f"SELECT {OK}, sum(o.total) AS notes {FROM} GROUP BY ALL", []),
        (f"SELECT {OK}, sum(o.total) AS notes {FROM} GROUP BY c.amperity_id, full_name", []),
        (f"SELECT {OK}, sum(o.total) AS notes {FROM} GROUP BY external_id, name", []),
        (f"SELECT {OK}, sum(o.total) OVER () AS notes {FROM}", []),
        (f"SELECT {OK}, sum(total) AS notes, upper(city) AS alias {FROM} GROUP BY 1, 2, upper(city)", []),
        (f"SELECT {OK}, sum(total) AS notes, upper(city) AS alias {FROM} GROUP BY 1, 2, city", []),
        (f"SELECT {OK}, sum(total) AS notes, notes || 'x' AS alias {FROM} GROUP BY 1, 2", []),
        (f"SELECT {OK}, count(*) FILTER (total > 1) AS notes {FROM} GROUP BY 1, 2", []),
        (
            f"SELECT {OK}, arg_max(c.city, o.total) AS notes, list(c.city)[1] AS alias {FROM} GROUP BY 1, 2",
            [],
        ),
        (f"SELECT {OK}, sum(sum(total)) OVER (PARTITION BY c.full_name) AS notes {FROM} GROUP BY 1, 2", []),
        (
            (
                "SELECT amperity_id AS external_id, full_name AS name,\n"
                "(SELECT c.city || max(total) FROM Orders) AS notes FROM Customer_360 c"
            ),
            [],
        ),
        (f"SELECT max(c.full_name) AS name, 'x' AS external_id {FROM}", []),
        (f"SELECT {OK}, mode() WITHIN GROUP (ORDER BY c.city) AS notes {FROM} GROUP BY 1, 2", []),
        (f"SELECT {OK}, sum(total) AS notes {FROM} GROUP BY CUBE (1, 2)", []),
        (f"SELECT {OK}, sum(total) AS notes {FROM} GROUP BY (c.amperity_id, c.full_name)", []),
        (f"SELECT {OK}, sum(total) AS notes {FROM} GROUP BY ROLLUP (c.amperity_id, c.full_name)", []),
        (f"SELECT {OK}, max(list_transform([city], lambda x: x || 'a')) AS notes {FROM} GROUP BY 1, 2", []),
    ],
)
def test_columns_are_grouped_by_or_aggregated(
    text: str, expected: list[str], source: duckdb.DuckDBPyConnection
) -> None:
    found = [place for place in places(text) if place.startswith("ZD114")]
    assert found == expected
    if expected:
        with pytest.raises(duckdb.BinderException, match="GROUP BY"):
            source.execute(text)
    else:
        source.execute(text)
