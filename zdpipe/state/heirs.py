"""Whoever was known by an address alone and has an external_id now: one user, by one key from now on."""

from __future__ import annotations

import duckdb

# Zendesk's id proves it. Values go along unless the external_id was known before: its own are as good.
_HEIRS = """
CREATE OR REPLACE TEMP TABLE heirs AS
SELECT key, was, is_known OR row_number() OVER (PARTITION BY key ORDER BY was) > 1 AS is_late
FROM (
  SELECT DISTINCT new.key, alone.key AS was, there.key IS NOT NULL AS is_known
  FROM incoming AS new
  JOIN users AS alone ON alone.key = new.email AND alone.zendesk_id = new.zendesk_id
  LEFT JOIN users AS there ON there.key = new.key
  WHERE new.external_id IS NOT NULL AND alone.external_id IS NULL AND alone.key <> new.key
)
"""
_RENAME = (
    """
    UPDATE users SET created_id = coalesce(users.created_id, alone.created_id)
    FROM heirs JOIN users AS alone ON alone.key = heirs.was
    WHERE heirs.is_late AND users.key = heirs.key
    """,
    "DELETE FROM users WHERE key IN (SELECT was FROM heirs WHERE is_late)",
    "UPDATE users SET key = heirs.key FROM heirs WHERE users.key = heirs.was",
    """
    CREATE OR REPLACE TEMP TABLE inherited AS
    SELECT email, heirs.key, min(send) AS send FROM emails JOIN heirs ON heirs.was = emails.key GROUP BY ALL
    """,
    "DELETE FROM emails WHERE key IN (SELECT was FROM heirs)",
    "INSERT INTO emails (email, key, send) FROM inherited ANTI JOIN emails USING (email, key)",
    """
    CREATE OR REPLACE TEMP TABLE inherited AS
    SELECT DISTINCT query, heirs.key FROM queries JOIN heirs ON heirs.was = queries.key
    """,
    "DELETE FROM queries WHERE key IN (SELECT was FROM heirs)",
    "INSERT INTO queries (query, key) FROM inherited ANTI JOIN queries USING (query, key)",
    "UPDATE marks SET key = heirs.key FROM heirs WHERE marks.key = heirs.was",
)


def rename_heirs(connection: duckdb.DuckDBPyConnection) -> None:
    """Give those of `incoming` who were known by an address alone the key they have now."""
    connection.execute(_HEIRS)
    row = connection.execute("SELECT count(*) FROM heirs").fetchone()
    if row is not None and row[0]:
        for statement in _RENAME:
            connection.execute(statement)
