from __future__ import annotations

import pytest

from tests.lint.mending import found, mended
from zdpipe.model.query import Role
from zdpipe.model.schema import SourceSchema

TABLE = Role.ATTRIBUTE_TABLE
USERS = {"external_id": "VARCHAR", "name": "VARCHAR", "email": "VARCHAR", "user_fields.city": "VARCHAR"}
SCHEMA = SourceSchema(
    {
        "users": USERS,
        "guarded": {**USERS, "tags": "VARCHAR"},
        "shapeless": {**USERS, "notes": "STRUCT(a INTEGER)"},
        "nameless": {"email": "VARCHAR"},
        "loyalty": {"amperity_id": "VARCHAR", "email": "VARCHAR", "tier": "VARCHAR"},
        "orders": {"external_id": "VARCHAR", "notes": "VARCHAR"},
    }
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SELECT * FROM users", 'SELECT external_id, name, email, "user_fields.city" FROM users'),
        (
            "SELECT u.* FROM users u JOIN orders o ON true",
            'SELECT u.external_id, u.name, u.email, u."user_fields.city" FROM users u JOIN orders o ON true',
        ),
        (
            "SELECT * EXCLUDE (email) , lower(email) AS email FROM users",
            'SELECT external_id, name, "user_fields.city" , lower(email) AS email FROM users',
        ),
        (
            "WITH x AS (FROM users) SELECT -- all\n * FROM x",
            'WITH x AS (FROM users) SELECT -- all\n external_id, name, email, "user_fields.city" FROM x',
        ),
    ],
)
def test_a_star_becomes_the_columns_it_gives(before: str, after: str) -> None:
    assert mended(before, schema=SCHEMA).text == after


def test_a_long_list_has_a_line_for_each_column_with_the_files_own_line_ends() -> None:
    before = "SELECT\r\n\t'" + "x" * 80 + "' AS notes, * FROM users"
    lines = mended(before, schema=SCHEMA).text.split("\r\n")
    assert [line.strip() for line in lines[2:]] == ["name,", "email,", '"user_fields.city" FROM users']
    assert all(line.startswith("\t" + " " * 80) for line in lines[2:])


def test_a_column_is_quoted_where_its_name_is_a_word_of_sql() -> None:
    schema = SourceSchema({"t": {"amperity_id": "VARCHAR", "order": "VARCHAR"}})
    assert mended("SELECT * FROM t", TABLE, schema).text == 'SELECT amperity_id, "order" FROM t'
    assert "`order`" in mended("SELECT * FROM t", TABLE, schema, dialect="spark").text


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM loyalty",
        "SELECT * FROM guarded",
        "SELECT * FROM shapeless",
        "SELECT * FROM nameless",
        "SELECT * FROM nowhere",
        "SELECT *, upper(name) AS name FROM users",
        "SELECT * FROM users u, orders o",
        "SELECT u.* FROM users u JOIN orders o USING (external_id)",
        "SELECT u.* FROM users u SEMI JOIN orders o ON o.external_id = u.external_id",
        "SELECT * FROM users u, LATERAL (SELECT u.name AS x) y",
        "SELECT * REPLACE (lower(name) AS name) FROM users",
        "SELECT * /* all of it */ EXCLUDE (email) FROM users",
        "SELECT * FROM users UNION ALL SELECT * FROM users",
        "SELECT * FROM (PIVOT users ON email)",
        "FROM users",
    ],
)
def test_a_star_stays_where_its_columns_are_unsure_or_would_be_wrong(text: str) -> None:
    assert mended(text, schema=SCHEMA).text == text


def test_a_guarded_column_may_be_listed_where_the_project_allows_it() -> None:
    text = "SELECT * FROM guarded"
    assert ", tags FROM" in mended(text, schema=SCHEMA, allowed_fields=frozenset({"tags"})).text
    assert mended(text, TABLE, SCHEMA).text == text


def test_an_attribute_table_may_list_what_zendesk_does_not_know() -> None:
    assert (
        mended("SELECT * FROM loyalty", TABLE, SCHEMA).text == "SELECT amperity_id, email, tier FROM loyalty"
    )
    assert mended("SELECT * FROM users", TABLE, SCHEMA).text == "SELECT * FROM users"
    assert mended("SELECT * FROM nameless", TABLE, SCHEMA).text == "SELECT * FROM nameless"


def test_what_cannot_be_listed_safely_is_told() -> None:
    (finding,) = found("SELECT * FROM loyalty", schema=SCHEMA)
    assert not finding.fixable
    assert finding.help == "now it is amperity_id, email, tier; zdpipe rules ZD104"
