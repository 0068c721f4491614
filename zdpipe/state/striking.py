"""Addresses and numbers that were removed from the account, struck from the known users."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from zdpipe.clock import Clock
from zdpipe.model.before import ADDRESS
from zdpipe.model.known import quoted, send_column, value_column
from zdpipe.model.resources import Resources
from zdpipe.state.known_users import check_format, opened

_STRIKE_ADDRESSES = """
DELETE FROM emails
WHERE (key, email) IN (SELECT (key, value) FROM struck WHERE "column" = $address)
"""
# A comparison takes the primary address for one that is there, so it must be among those left.
_STRIKE_PRIMARY = """
UPDATE users SET primary_email = (SELECT min(email) FROM emails WHERE emails.key = users.key)
WHERE (key, primary_email) IN (SELECT (key, value) FROM struck WHERE "column" = $address)
"""


def strike(known: Path, removed: pl.DataFrame, resources: Resources, clock: Clock) -> None:
    """Forget that people have addresses and numbers: key, column and value; repeating is harmless.

    Of who loses a number nobody knows the phone any more, so that a comparison finds a difference.
    """
    with opened(known, clock, resources) as connection:
        check_format(connection, known)
        connection.register("struck", removed.select("key", "column", "value").to_arrow())
        connection.execute("BEGIN")
        connection.execute(_STRIKE_ADDRESSES, {"address": ADDRESS})
        connection.execute(_STRIKE_PRIMARY, {"address": ADDRESS})
        _strike_phones(connection)
        connection.execute("COMMIT")
        connection.unregister("struck")


def _strike_phones(connection: duckdb.DuckDBPyConnection) -> None:
    value, send = quoted(value_column("phone")), quoted(send_column("phone"))
    if value_column("phone") in connection.table("users").columns:
        connection.execute(
            f"UPDATE users SET {value} = NULL, {send} = NULL"
            ' WHERE key IN (SELECT key FROM struck WHERE "column" <> $address)',
            {"address": ADDRESS},
        )
