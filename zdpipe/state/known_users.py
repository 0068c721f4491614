"""What Zendesk last acknowledged of every user: one DuckDB file per account, written only by `merge`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl

from zdpipe.clock import Clock
from zdpipe.durable import sync_folder
from zdpipe.errors import StateError, StateLocked
from zdpipe.model.batch import ItemStatus
from zdpipe.model.known import (
    FORMAT_VERSION,
    KEPT,
    KEPT_PREFIX,
    SEND_PREFIX,
    TABLES,
    THEIRS,
    UPGRADES,
    VALUE_PREFIX,
    KnownUser,
    KnownValue,
    field_of,
)
from zdpipe.model.resources import Resources
from zdpipe.state.fields import KnownField, add_fields, columns_of
from zdpipe.state.folder import make_private_folder
from zdpipe.state.heirs import rename_heirs
from zdpipe.state.instance import failures
from zdpipe.state.replacing import replace_users
from zdpipe.state.settled import SettledBatch

# A transaction's changes stay in memory until it commits; this many keep it far below 500 MB.
_USERS_PER_TRANSACTION = 100_000
_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.1
Config = dict[str, str | bool | int | float | list[str]]
# Whoever looks for a few reads the keys of all; DuckDB would keep what it read, up to 80 % of the memory.
_FOR_A_LOOK: Config = {"memory_limit": "500MB"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def attachable(known: Path, clock: Clock) -> Path | None:
    """Return the path when the file exists and this zdpipe can read it, None when there is none yet.

    Raises StateError for a damaged file or a newer format.
    """
    if not known.exists():
        return None
    with opened(known, clock, read_only=True) as connection:
        check_format(connection, known)
    return known


def merge(
    known: Path,
    outbox: Path,
    settled: Iterable[SettledBatch],
    *,
    run_id: str,
    query: str,
    resources: Resources,
    clock: Clock,
) -> int:
    """Remember what Zendesk acknowledged of a run's batches and return how many of them were new.

    Batches merged before are skipped, each transaction holds whole batches, so a merge that was stopped is
    simply repeated. The file is made when missing. No workspace of this process may have it attached; other
    processes that read are waited for, a minute at most (StateLocked).
    """
    source = _Source(str(outbox), run_id, query)
    merged = 0
    for chunk in _chunks(settled):
        create_when_missing(known)
        with opened(known, clock, resources) as connection:
            upgrade(connection, known)
            merged += _merge_chunk(connection, source, chunk)
    return merged


def lookup(known: Path, key: str, clock: Clock) -> KnownUser | None:
    """Return what is known of one person, by identity key; None for a stranger or when nothing is known."""
    if attachable(known, clock) is None:
        return None
    with opened(known, clock, read_only=True) as connection:
        rows = connection.execute("SELECT * FROM users WHERE key = ?", [key]).fetchall()
        if not rows:
            return None
        user = dict(zip(connection.table("users").columns, rows[0], strict=True))
        emails = connection.execute("SELECT email FROM emails WHERE key = ? ORDER BY email", [key]).fetchall()
        queries = connection.execute(
            "SELECT query FROM queries WHERE key = ? ORDER BY query", [key]
        ).fetchall()
        return KnownUser(
            key,
            user["external_id"],
            user["zendesk_id"],
            user["primary_email"],
            tuple(email for (email,) in emails),
            tuple(name for (name,) in queries),
            _values(connection, user),
            frozenset(field_of(column) for column, value in user.items() if _is_mark(column, value)),
        )


@dataclass(frozen=True, slots=True)
class _Source:
    outbox: str
    run_id: str
    query: str


@contextmanager
def opened(
    known: Path, clock: Clock, resources: Resources | None = None, *, read_only: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the file; other processes are waited for, a minute at most. Raises StateError, StateLocked."""
    deadline = clock.monotonic() + _PATIENCE_SECONDS
    config = resources.as_config() if resources else _FOR_A_LOOK
    while (connection := _connect(known, config, read_only, last=clock.monotonic() >= deadline)) is None:
        clock.sleep(_PAUSE_SECONDS)
    with failures(f"The known users in {known}"), closing(connection):
        for statement in resources.first_statements() if resources else ():
            connection.execute(statement)
        yield connection


def _connect(known: Path, config: Config, read_only: bool, *, last: bool) -> duckdb.DuckDBPyConnection | None:
    try:
        return duckdb.connect(known, read_only=read_only, config=config)
    except duckdb.Error as error:
        # DuckDB allows one writer or many readers; either only opens the file for moments.
        if "Could not set lock" not in str(error) and not isinstance(error, duckdb.ResourceInUseException):
            raise _damaged(known, error) from error
        if last:
            raise StateLocked(
                f"The known users in {known} are in use: {error}", "Wait until the other command has ended."
            ) from error
        return None


def check_format(connection: duckdb.DuckDBPyConnection, known: Path) -> int:
    """Return the format of the open file; raises StateError unless this zdpipe can read it."""
    try:
        ((version,),) = connection.execute("SELECT max(format_version) FROM meta").fetchall()
    except duckdb.Error as error:
        raise _damaged(known, error) from error
    if version is None:
        raise _damaged(known, "its format has no number")
    if version > FORMAT_VERSION:
        raise StateError(
            f"The known users in {known} have format {version}; this zdpipe knows {FORMAT_VERSION} at most.",
            "Update zdpipe to the version that wrote the file, or a later one.",
            code="state_too_new",
        )
    return int(version)


def upgrade(connection: duckdb.DuckDBPyConnection, known: Path) -> None:
    """Bring an open file to this version's format, all or nothing; raises StateError like `check_format`."""
    version = check_format(connection, known)
    if version < FORMAT_VERSION:
        connection.execute("BEGIN")
        for old in range(version, FORMAT_VERSION):
            for statement in UPGRADES[old]:
                connection.execute(statement)
        connection.execute("UPDATE meta SET format_version = ?", [FORMAT_VERSION])
        connection.execute("COMMIT")


def create_when_missing(known: Path) -> None:
    """Make an empty file of known users, unless there is one."""
    if known.exists():
        return
    make_private_folder(known.parent)
    aside = known.with_name(known.name + ".new")
    aside.unlink(missing_ok=True)
    with duckdb.connect(aside) as connection:
        aside.chmod(0o600)
        for table, columns in TABLES.items():
            connection.execute(f"CREATE TABLE {table} ({columns})")
        connection.execute("INSERT INTO meta VALUES (?)", [FORMAT_VERSION])
    aside.replace(known)
    sync_folder(known.parent)


def _chunks(settled: Iterable[SettledBatch]) -> Iterator[list[SettledBatch]]:
    chunk: list[SettledBatch] = []
    users = 0
    for batch in settled:
        chunk.append(batch)
        users += len(batch.results)
        if users >= _USERS_PER_TRANSACTION:
            yield chunk
            chunk, users = [], 0
    if chunk:
        yield chunk


def _merge_chunk(connection: duckdb.DuckDBPyConnection, source: _Source, chunk: list[SettledBatch]) -> int:
    connection.execute("BEGIN")
    new = _record_sends(connection, source, chunk)
    if new:
        fields = add_fields(connection, source.outbox)
        _read_incoming(connection, source.outbox, new, fields)
        rename_heirs(connection)
        _merge_users(connection, fields)
        _merge_emails(connection)
        _merge_queries(connection, source.query)
    connection.execute("COMMIT")
    return len(new)


def _record_sends(
    connection: duckdb.DuckDBPyConnection, source: _Source, chunk: list[SettledBatch]
) -> dict[int, SettledBatch]:
    """Insert the batches that were never merged; return them by the number of their send."""
    rows = connection.execute("SELECT batch FROM sends WHERE run_id = ?", [source.run_id]).fetchall()
    done = {batch for (batch,) in rows}
    ((last,),) = connection.execute("SELECT coalesce(max(send), 0) FROM sends").fetchall()
    fresh = {batch.batch: batch for batch in chunk if batch.batch not in done}
    new = dict(enumerate(fresh.values(), start=last + 1))
    frame = pl.DataFrame(
        [(send, batch.batch, batch.acknowledged_at.astimezone(UTC)) for send, batch in new.items()],
        schema={"send": pl.Int32, "batch": pl.Int32, "acknowledged_at": pl.Datetime("us", "UTC")},
        orient="row",
    )
    connection.register("fresh", frame.to_arrow())
    connection.execute(
        "INSERT INTO sends SELECT send, ?, batch, ?, acknowledged_at FROM fresh",
        [source.run_id, source.query],
    )
    connection.unregister("fresh")
    return new


def _read_incoming(
    connection: duckdb.DuckDBPyConnection,
    outbox: str,
    new: Mapping[int, SettledBatch],
    fields: list[KnownField],
) -> None:
    """Create `incoming`, every acknowledged user object with its send."""
    results = pl.DataFrame(
        [
            (send, batch.batch, result.position, result.zendesk_id, result.status is ItemStatus.CREATED)
            for send, batch in new.items()
            for result in batch.results
            if result.status is not ItemStatus.FAILED
        ],
        schema={
            "send": pl.Int32,
            "batch": pl.Int32,
            "position": pl.Int32,
            "zendesk_id": pl.Int64,
            "is_created": pl.Boolean,
        },
        orient="row",
    )
    numbers = [batch.batch for batch in new.values()]
    promotes = "item.makes_primary" if "makes_primary" in columns_of(connection, outbox) else "false"
    values = "".join(f", item.{name}" for field in fields for name in field.sent)
    connection.register("results", results.to_arrow())
    # The range of batches lets DuckDB skip the row groups that hold none of them.
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE incoming AS"
        " SELECT item.key, item.external_id, item.email, item.sending = 'email' AS is_further,"
        f" {promotes} AS makes_primary,"
        " results.send, results.zendesk_id, results.is_created,"
        f" {_theirs(connection, outbox)} AS {THEIRS}{values}"
        " FROM (SELECT * FROM read_parquet($outbox) WHERE batch BETWEEN $low AND $high) AS item"
        " JOIN results ON results.batch = item.batch AND results.position = item.position",
        {"outbox": outbox, "low": min(numbers), "high": max(numbers)},
    )
    connection.unregister("results")


def _theirs(connection: duckdb.DuckDBPyConnection, outbox: str) -> str:
    """Return where an outbox names fields that are not ours: only what takes a run back has any."""
    return f"item.{THEIRS}" if THEIRS in columns_of(connection, outbox) else "NULL::VARCHAR[]"


def _merge_users(connection: duckdb.DuckDBPyConnection, fields: list[KnownField]) -> None:
    """Take over what whole rows said; a further address alone makes its person known without any value.

    What of a field is others' is told anew with each of its values.
    """
    names = [name for field in fields for name in field.sent]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE touched AS SELECT key, max(external_id) AS external_id,"
        " coalesce(max(zendesk_id) FILTER (NOT is_further), max(zendesk_id)) AS zendesk_id,"
        " max(zendesk_id) FILTER (is_created) AS created_id,"
        " max(email) FILTER (NOT is_further) AS primary_email, max(email) FILTER (makes_primary) AS promoted,"
        f" max(send) FILTER (NOT is_further) AS send, any_value({THEIRS}) AS {THEIRS}"
        f"{''.join(f', max({name}) AS {name}' for name in names)} FROM incoming GROUP BY key"
    )
    columns = {
        "external_id": "coalesce(new.external_id, there.external_id)",
        "zendesk_id": "coalesce(new.zendesk_id, there.zendesk_id)",
        "created_id": "coalesce(new.created_id, there.created_id)",
        "primary_email": "coalesce(new.promoted, there.primary_email, new.primary_email)",
    }
    for field in fields:
        columns |= _replacements(field)
    replace_users(connection, "touched", columns)


def _replacements(field: KnownField) -> dict[str, str]:
    """Return what the columns of a field are to hold after what is `new` beside what was `there`."""
    value, send, kept = field.value, field.send, field.kept
    columns = {
        value: f"coalesce(new.{value}, there.{value})",
        send: f"CASE WHEN new.{value} IS NULL THEN there.{send} ELSE {field.signed} END",
    }
    if kept is not None:
        stays = f"coalesce(new.{kept}, there.{kept})"
        columns[kept] = f"CASE WHEN new.{value} IS NULL THEN {stays} ELSE new.{kept} END"
    return columns


def _merge_emails(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "MERGE INTO emails USING"
        " (SELECT email, key, min(send) AS send FROM incoming"
        " WHERE email IS NOT NULL GROUP BY email, key) AS new"
        " ON emails.key = new.key AND emails.email = new.email"
        " WHEN NOT MATCHED THEN INSERT (email, key, send) VALUES (new.email, new.key, new.send)"
    )


def _merge_queries(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    connection.execute(
        "MERGE INTO queries USING (SELECT DISTINCT key, $query AS query FROM incoming) AS new"
        " ON queries.key = new.key AND queries.query = new.query"
        " WHEN NOT MATCHED THEN INSERT (query, key) VALUES (new.query, new.key)",
        {"query": query},
    )


def _values(connection: duckdb.DuckDBPyConnection, user: Mapping[str, object]) -> dict[str, KnownValue]:
    values: dict[str, KnownValue] = {}
    for column, value in user.items():
        if not column.startswith(VALUE_PREFIX) or value is None:
            continue
        send = user[SEND_PREFIX + column.removeprefix(VALUE_PREFIX)]
        ((run_id, query, microseconds),) = connection.execute(
            "SELECT run_id, query, epoch_us(acknowledged_at) FROM sends WHERE send = abs(?)", [send]
        ).fetchall()
        values[field_of(column)] = KnownValue(
            str(value), run_id, query, _EPOCH + timedelta(microseconds=microseconds), int(str(send)) > 0
        )
    return values


def _is_mark(column: str, value: object) -> bool:
    return column.startswith(KEPT_PREFIX) and value == KEPT


def _damaged(known: Path, error: object) -> StateError:
    return StateError(
        f"The known users in {known} cannot be read: {error}",
        "Restore the file, or move it away: the next run then sends everybody once.",
        code="known_users_damaged",
    )
