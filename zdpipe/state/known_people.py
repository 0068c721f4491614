"""People in a file of known users: found by what names them, and left out of a new file."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb

from zdpipe.clock import Clock
from zdpipe.durable import sync_file, sync_folder
from zdpipe.errors import StateError
from zdpipe.model.known import KEYED_TABLES, literal, quoted, value_column
from zdpipe.model.resources import Resources
from zdpipe.state.known_users import attachable, opened, upgrade

_FOUND = """
SELECT key, external_id IS NOT NULL FROM users
WHERE list_contains($texts, key) OR list_contains($texts, primary_email)
  OR key IN (SELECT key FROM emails WHERE list_contains($texts, email))
"""
_BY_ID = "SELECT key, external_id IS NOT NULL FROM users WHERE zendesk_id = $id"
_ROWS = "SELECT count(*) FROM {table} WHERE list_contains($keys, key)"
_BESIDE = ".forgetting"

Found = set[tuple[str, bool]]


def files_of(folder: Path) -> list[Path]:
    """Return the files of known users in a folder."""
    return sorted(folder.glob("*.duckdb"))


def find_known(known: Path, texts: Collection[str], clock: Clock) -> Found:
    """Return the keys of those named by one of the texts, and whether they have an external_id."""
    return _keys(known, _FOUND, {"texts": sorted(texts)}, clock)


def find_by_id(known: Path, zendesk_id: int, clock: Clock) -> Found:
    """Return the keys of those who are that user in Zendesk, and whether they have an external_id."""
    return _keys(known, _BY_ID, {"id": zendesk_id}, clock)


def _keys(known: Path, sql: str, parameters: dict[str, object], clock: Clock) -> Found:
    if attachable(known, clock) is None:
        return set()
    with opened(known, clock, read_only=True) as connection:
        return {(key, named) for key, named in connection.execute(sql, parameters).fetchall()}


def facts_of(known: Path, keys: Collection[str], clock: Clock) -> dict[str, set[object]]:
    """Return what the keys' people are known by: ids, emails, names and phones as JSON texts, zendesk ids."""
    facts: dict[str, set[object]] = {
        "ids": set(),
        "emails": set(),
        "zendesk": set(),
        "name": set(),
        "phone": set(),
    }
    if attachable(known, clock) is None:
        return facts
    with opened(known, clock, read_only=True) as connection:
        columns = connection.table("users").columns
        values = {name: quoted(value_column(name)) for name in ("name", "phone")}
        chosen = {
            name: column if value_column(name) in columns else "NULL" for name, column in values.items()
        }
        users = connection.execute(
            f"SELECT external_id, primary_email, zendesk_id, {chosen['name']}, {chosen['phone']}"
            " FROM users WHERE list_contains($keys, key)",
            {"keys": sorted(keys)},
        ).fetchall()
        for row in users:
            for name, value in zip(("ids", "emails", "zendesk", "name", "phone"), row, strict=True):
                facts[name] |= {value} - {None}
        emails = connection.execute(
            "SELECT email FROM emails WHERE list_contains($keys, key)", {"keys": sorted(keys)}
        ).fetchall()
    facts["emails"] |= {email for (email,) in emails}
    return facts


def rewrite_without(known: Path, keys: Collection[str], resources: Resources, clock: Clock) -> int:
    """Put a new file without the keys' people in the place of one that has them; return the rows left out.

    So is one that has traces of people who were deleted from it.

    Deleted rows would stay in free blocks and in the log, so everybody else is copied. The new file is on
    disk before it takes the old one's name: a kill leaves one of them, whole.
    """
    beside = known.with_name(known.name + _BESIDE)
    _remove(beside)
    if attachable(known, clock) is None:
        return 0
    with opened(known, clock, resources) as connection:
        upgrade(connection, known)
        rows = sum(_count(connection, table, keys) for table in KEYED_TABLES)
        ((traces,),) = connection.execute("SELECT count(*) FROM traces").fetchall()
        is_rewritten = rows > 0 or traces > 0
        if is_rewritten:
            _copy(connection, beside, keys)
    if is_rewritten:
        _take_place(known, beside)
    return rows


def _count(connection: duckdb.DuckDBPyConnection, table: str, keys: Collection[str]) -> int:
    ((rows,),) = connection.execute(_ROWS.format(table=table), {"keys": sorted(keys)}).fetchall()
    return int(rows)


def _copy(connection: duckdb.DuckDBPyConnection, beside: Path, keys: Collection[str]) -> None:
    # What a killed merge left in the log goes into the old file, so that no log outlives it.
    connection.execute("FORCE CHECKPOINT")
    connection.execute(f"ATTACH {literal(str(beside))} AS fresh")
    beside.chmod(0o600)
    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() ORDER BY table_name"
    ).fetchall()
    for (table,) in tables:
        kept = "WHERE key IS NULL OR NOT list_contains($keys, key)" if table in KEYED_TABLES else ""
        parameters = {"keys": sorted(keys)} if kept else None
        connection.execute(f"CREATE TABLE fresh.{quoted(table)} AS FROM {quoted(table)} {kept}", parameters)
    connection.execute("DELETE FROM fresh.traces")
    connection.execute("CHECKPOINT fresh")
    connection.execute("DETACH fresh")


def _take_place(known: Path, beside: Path) -> None:
    for file in (known, beside):
        log = file.with_name(file.name + ".wal")
        if log.exists():
            raise StateError(
                f"DuckDB keeps a log beside {file}.",
                "Repeat the command; nothing is lost.",
                code="known_users_log",
            )
    sync_file(beside)
    beside.replace(known)
    sync_folder(known.parent)


def _remove(beside: Path) -> None:
    for path in beside.parent.glob(f"{beside.name}*"):
        path.unlink()
