from __future__ import annotations

import pytest

from tests.lint.build import SCHEMA, a_query
from zdpipe.lint import LintContext, lint


@pytest.mark.parametrize("dialect", ["duckdb", "trino", "spark", "snowflake", "bigquery", "postgres"])
def test_types_are_known_whatever_case_a_dialect_gives_to_names(dialect: str) -> None:
    text = "SELECT amperity_id AS external_id, full_name AS name, city AS verified FROM Customer_360"
    found = lint([a_query(text, dialect=dialect)], LintContext(schema=SCHEMA))
    assert [finding.code for finding in found] == ["ZD502"]
