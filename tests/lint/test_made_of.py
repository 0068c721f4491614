"""What a column is made of, followed to the source's own columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from zdpipe.lint import LintContext
from zdpipe.lint.made_of import made_of
from zdpipe.model.query import Query, Role
from zdpipe.model.schema import SourceSchema
from zdpipe.query import read_query

ROOT = Path("/project")
SCHEMA = SourceSchema({"Customer_360": dict.fromkeys(("amperity_id", "crm", "email", "name"), "VARCHAR")})


def read(text: str, role: Role = Role.QUERY, name: str = "queries/q.sql") -> Query:
    return read_query(ROOT / name, ROOT, role, "duckdb", text)


IDS_SQL = "SELECT amperity_id, lower(crm) AS cid FROM Customer_360"
IDS = read(IDS_SQL, Role.ATTRIBUTE_TABLE, "attribute_tables/ids.sql")
THROUGH_TWO = """
WITH a AS (SELECT * FROM Customer_360), b AS (SELECT amperity_id AS k FROM a) SELECT b.k AS external_id FROM b
"""
CONTEXT = LintContext(schema=SCHEMA, attribute_tables={"ids": IDS})


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ("SELECT amperity_id AS external_id FROM Customer_360", "customer_360.amperity_id"),
        ("select c.AMPERITY_ID /* why */ as external_id\nfrom customer_360 c", "customer_360.amperity_id"),
        (THROUGH_TWO, "customer_360.amperity_id"),
        ("SELECT crm AS external_id FROM Customer_360", "customer_360.crm"),
        ("SELECT upper(c.crm) AS external_id FROM Customer_360 AS c", "UPPER(customer_360.crm)"),
        ("SELECT cid AS external_id FROM ids", "(LOWER(customer_360.crm))"),
        (
            "SELECT crm AS external_id FROM Customer_360 UNION ALL SELECT amperity_id FROM Customer_360",
            "customer_360.amperity_id | customer_360.crm",
        ),
        ("SELECT name FROM Customer_360", ""),
        ("SELECT * RENAME (crm AS external_id) FROM Customer_360", None),
        ("SELECT FROM", None),
    ],
)
def test_a_column_is_followed_to_the_source(sql: str, made: str | None) -> None:
    assert made_of("external_id", read(sql), CONTEXT) == made


def test_a_recursive_query_comes_to_an_end() -> None:
    sql = (
        "WITH RECURSIVE r AS (SELECT amperity_id AS i FROM Customer_360 UNION SELECT i FROM r)"
        " SELECT i AS external_id FROM r"
    )
    assert "customer_360.amperity_id" in (made_of("external_id", read(sql), CONTEXT) or "")
