"""Rows of known users that change: new ones in place of old ones."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb


def replace_users(connection: duckdb.DuckDBPyConnection, new: str, columns: Mapping[str, str]) -> None:
    """Give everybody in the table `new`, which has each `key` once, the one row they have from now on.

    `columns` tells by (quoted) column what it holds, over `new` and `there`, the old row, which is all null
    for strangers. Any other column stays as it was.
    """
    # DuckDB rewrites every column of every row group that an UPDATE or a MERGE touches.
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE replaced AS"
        f" SELECT users.*, users.rowid AS place FROM users SEMI JOIN {new} USING (key)"
    )
    connection.execute("DELETE FROM users WHERE rowid IN (SELECT place FROM replaced)")
    changed = "".join(f", {expression} AS {column}" for column, expression in columns.items())
    connection.execute(
        f"INSERT INTO users BY NAME SELECT there.* EXCLUDE (place) REPLACE (new.key AS key{changed})"
        f" FROM {new} AS new LEFT JOIN replaced AS there ON there.key = new.key"
    )
