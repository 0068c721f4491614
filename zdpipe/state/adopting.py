"""What an account held before zdpipe came, taken over into the known users."""

from __future__ import annotations

from pathlib import Path

import duckdb

from zdpipe.clock import Clock
from zdpipe.model.resources import Resources
from zdpipe.state.fields import KnownField, add_fields
from zdpipe.state.known_users import create_when_missing, opened, upgrade
from zdpipe.state.replacing import replace_users

# A transaction's changes stay in memory until it commits.
_USERS_PER_TRANSACTION = 100_000
# No batch of a run bears this number.
_NO_BATCH = 0

_INCOMING = """
CREATE OR REPLACE TEMP TABLE incoming AS
SELECT * EXCLUDE (file_row_number) FROM read_parquet($adopted, file_row_number = true)
WHERE file_row_number BETWEEN $first AND $last
"""
_SEND = """
INSERT INTO sends
SELECT coalesce(max(send), 0) + 1, $name, $batch, $query, $now FROM sends
HAVING count(*) FILTER (run_id = $name) = 0
"""
# What the account does not show any more was removed there by others.
_GONE_ADDRESSES = """
DELETE FROM emails
WHERE key IN (SELECT key FROM incoming) AND NOT EXISTS (
  SELECT 1 FROM (SELECT key, unnest(emails) AS email FROM incoming) AS held
  WHERE held.key = emails.key AND held.email = emails.email
)
"""
_NEW_ADDRESSES = """
INSERT INTO emails
SELECT email, key, -$send FROM (SELECT DISTINCT key, unnest(emails) AS email FROM incoming) AS held
ANTI JOIN emails AS known ON known.key = held.key AND known.email = held.email
"""


def adopt(known: Path, adopted: Path, *, name: str, query: str, resources: Resources, clock: Clock) -> None:
    """Take over what an account holds of people: a Parquet file with a row for each, as `Adopting` makes it.

    Values that are null there stay as they are known; all others are known from now on and count as nobody's
    but the account's. Addresses are those of the file. `name` tells this adoption from others and from runs.
    Each transaction holds whole people, so what was stopped is simply repeated.
    """
    create_when_missing(known)
    with opened(known, clock, resources) as connection:
        upgrade(connection, known)
        source = str(adopted)
        ((people,),) = connection.execute("SELECT count(*) FROM read_parquet(?)", [source]).fetchall()
        for first in range(0, people, _USERS_PER_TRANSACTION):
            connection.execute("BEGIN")
            connection.execute(_SEND, {"name": name, "batch": _NO_BATCH, "query": query, "now": clock.now()})
            last = first + _USERS_PER_TRANSACTION - 1
            connection.execute(_INCOMING, {"adopted": source, "first": first, "last": last})
            _take_over(connection, name, add_fields(connection, source))
            connection.execute("COMMIT")


def _take_over(connection: duckdb.DuckDBPyConnection, name: str, fields: list[KnownField]) -> None:
    ((send,),) = connection.execute("SELECT send FROM sends WHERE run_id = ?", [name]).fetchall()
    columns = {name: f"new.{name}" for name in ("external_id", "zendesk_id", "primary_email")}
    for field in fields:
        value, own = field.value, field.send
        columns[value] = f"coalesce(new.{value}, there.{value})"
        columns[own] = f"CASE WHEN new.{value} IS NULL THEN there.{own} ELSE {-send} END"
    replace_users(connection, "incoming", columns)
    connection.execute(_GONE_ADDRESSES)
    connection.execute(_NEW_ADDRESSES, {"send": send})
