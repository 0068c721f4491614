from __future__ import annotations

import re

import duckdb
import pytest

from tests.lint.build import CUSTOMER_360, SCHEMA, a_query
from zdpipe.errors import QueryError
from zdpipe.lint import LintContext, lint
from zdpipe.lint.duckdb_functions import LIST, as_list, known_functions
from zdpipe.lint.foreign_functions import INSTEAD
from zdpipe.query import engine_sql

START = "SELECT amperity_id AS external_id, full_name AS name, "


def told(dialect: str, item: str, code: str = "ZD112") -> list[str]:
    """What findings of a code point at."""
    query = a_query(f"{START}{item} AS notes FROM Customer_360", dialect=dialect)
    assert query.problem is None
    found = [finding for finding in lint([query], LintContext(schema=SCHEMA)) if finding.code == code]
    return [query.text[f.span.column - 1 : f.span.end_column - 1] for f in found]


@pytest.mark.parametrize(
    ("dialect", "item", "place"),
    [
        ("trino", "word_stem(email)", "word_stem"),
        ("trino", "upper(regexp_position(email, 'a') || city)", "regexp_position"),
        ("presto", "approx_set(city)", "approx_set"),
        ("snowflake", "SOUNDEX(city)", "SOUNDEX(city)"),
        ("snowflake", "lower(TO_VARCHAR(last_order_date, 'YYYY'))", "TO_VARCHAR(last_order_date, 'YYYY')"),
        ("bigquery", "FARM_FINGERPRINT(city)", "FARM_FINGERPRINT"),
        ("spark", "crc32(city)", "crc32"),
    ],
)
def test_what_duckdb_has_nothing_for_is_found_at_its_place(dialect: str, item: str, place: str) -> None:
    assert told(dialect, item) == [place]
    assert not _runs(dialect, item)


@pytest.mark.parametrize(
    ("dialect", "item"),
    [
        ("trino", "date_diff('day', last_order_date, current_date)"),
        ("trino", "element_at(split(full_name, ' '), 1)"),
        ("trino", "transform(split(city, ','), x -> upper(x))"),
        ("trino", "json_extract_scalar(email, '$.a')"),
        ("trino", "to_hex(sha256(to_utf8(email)))"),
        ("trino", "if(city = 'a', 1, 2)"),
        ("trino", "try(1 / 0)"),
        ("presto", "split_part(city, ' ', 1)"),
        ("snowflake", "IFF(email IS NULL, 'a', 'b')"),
        ("snowflake", "PARSE_JSON(city):a::string"),
        ("snowflake", "DATEADD(day, 1, last_order_date)"),
        ("bigquery", "SAFE_CAST(city AS INT64)"),
        ("bigquery", "FORMAT_DATE('%Y', last_order_date)"),
        ("bigquery", "INITCAP(city)"),
        ("spark", "nvl(city, state)"),
        ("spark", "date_format(last_order_date, 'yyyy')"),
        ("duckdb", "list_transform([1], lambda x: x + 1)"),
    ],
)
def test_what_can_be_translated_is_left_alone(dialect: str, item: str) -> None:
    assert told(dialect, item) == []
    assert _runs(dialect, item)


def _runs(dialect: str, item: str) -> bool:
    query = a_query(f"{START}{item} AS notes FROM Customer_360", dialect=dialect)
    columns = ", ".join(f"{name} {kind}" for name, kind in CUSTOMER_360.items())
    with duckdb.connect() as engine:
        engine.execute(f"CREATE TABLE Customer_360 ({columns})")
        try:
            engine.execute(f"EXPLAIN {engine_sql(query)}")
        except (duckdb.Error, QueryError):
            return False
    return True


def test_functions_that_duckdb_has_are_known_and_others_are_not() -> None:
    assert told("duckdb", "lowr(city)", "ZD113") == ["lowr"]
    assert told("duckdb", "nvl(city, to_varchar(email)) IS NULL AND true", "ZD113") == ["nvl", "to_varchar"]
    assert told("duckdb", "read_text('x')", "ZD113") == []
    assert told("trino", "lowr(city)", "ZD113") == []


def test_the_examples_of_duckdbs_own_documentation_call_known_functions() -> None:
    rows = duckdb.sql(
        "SELECT DISTINCT unnest(examples) FROM duckdb_functions() WHERE function_name NOT SIMILAR TO '__.*'"
    ).fetchall()
    texts = [f"{START}{example} AS notes FROM Customer_360" for (example,) in rows]
    queries = [query for query in map(a_query, texts) if query.problem is None]
    found = lint(queries, LintContext(schema=SCHEMA))
    unknown = {finding.message.split("`")[1] for finding in found if finding.code == "ZD113"}
    assert len(queries) > 400
    assert unknown <= {"arg_min_null_val"}  # a slip in that documentation


def test_the_list_of_functions_is_that_of_the_duckdb_in_use(request: pytest.FixtureRequest) -> None:
    rows = duckdb.sql(
        "SELECT function_name FROM duckdb_functions() WHERE function_type <> 'pragma'"
    ).fetchall()
    made = as_list(name for (name,) in rows)
    if request.config.getoption("update_snapshots"):
        LIST.write_text(made, encoding="utf-8")
    assert LIST.read_text(encoding="utf-8") == made


def test_what_to_write_instead_is_what_duckdb_has() -> None:
    known = known_functions()
    for word, instead in INSTEAD.items():
        assert word not in known
        assert {name.lower() for name in re.findall(r"(\w+)\(", instead)} <= known | {
            "decimal",
            "try_cast",
            "cast",
            "if",
        }


def test_functions_of_others_are_told_with_what_to_write() -> None:
    (finding,) = lint(
        [a_query(f"{START}initcap(city) AS notes FROM Customer_360")], LintContext(schema=SCHEMA)
    )
    assert "Write `upper(x[1]) || lower(x[2:])`" in finding.message
