"""New rows stand in place of old ones, and nothing else changes."""

from __future__ import annotations

import duckdb

from zdpipe.state.replacing import replace_users


def test_rows_are_replaced_added_and_left() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE users (key VARCHAR, external_id VARCHAR, other VARCHAR)")
        connection.execute("INSERT INTO users VALUES ('a', 'A', 'kept'), ('b', 'B', 'untouched')")
        connection.execute(
            "CREATE TEMP TABLE new AS FROM (VALUES ('a', 'A2'), ('c', NULL)) AS t(key, external_id)"
        )
        replace_users(connection, "new", {"external_id": "coalesce(new.external_id, there.external_id)"})
        rows = connection.execute("FROM users ORDER BY key").fetchall()
    assert rows == [("a", "A2", "kept"), ("b", "B", "untouched"), ("c", None, None)]
