"""What a run wrote, what was there before, and who wrote since: all that taking it back goes by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from zdpipe.clock import Clock
from zdpipe.errors import StateError
from zdpipe.model.before import ADDRESS, IDENTITY, NUMBER, Source
from zdpipe.model.fields import TAGS
from zdpipe.model.forgotten import PLACEHOLDER
from zdpipe.model.known import VALUE_PREFIX, field_of, kept_column, literal, quoted, send_column, value_column
from zdpipe.model.match import PeopleFiles
from zdpipe.model.resources import EXTERNAL, Resources
from zdpipe.model.rollback import NotRestorable
from zdpipe.parted import Parted, copy_rows, parts_of, passing_folder, table_of
from zdpipe.state.before import BEFORE_SCHEMA, known_tables, write_addresses
from zdpipe.state.instance import is_damage

_SENT = """
SELECT item.* EXCLUDE (payload), item.external_id IS NOT NULL AS is_named, done.status, done.zendesk_id
FROM read_parquet($outbox) AS item JOIN done ON done.batch = item.batch AND done.position = item.position
WHERE NOT regexp_full_match(item.key, $placeholder)
"""
_DONE = "CREATE TEMP TABLE done (batch INTEGER, position INTEGER, status VARCHAR, zendesk_id BIGINT)"
# Whoever had an address alone is known by the external_id they got since; the user stays the same.
_HEIRS = """
CREATE TEMP TABLE heirs AS
SELECT sent.key AS was, min(users.key) AS key, min(users.external_id) AS external_id
FROM {sent} AS sent JOIN users USING (zendesk_id)
WHERE sent.external_id IS NULL AND users.external_id IS NOT NULL AND sent.key NOT IN (SELECT key FROM users)
GROUP BY sent.key HAVING count(DISTINCT users.key) = 1
"""
_ITEMS = """
SELECT sent.* REPLACE (
  coalesce(heirs.key, sent.key) AS key, coalesce(heirs.external_id, sent.external_id) AS external_id
)
FROM {sent} AS sent LEFT JOIN heirs ON heirs.was = sent.key
"""
_READ = """
SELECT held.* REPLACE (coalesce(heirs.key, held.key) AS key)
FROM ({held}) AS held LEFT JOIN heirs ON heirs.was = held.key
"""
# Of a resumed run the later reading counts.
_HELD = f"""
SELECT key, bool_or("column" = '{IDENTITY}' AND zendesk_id IS NOT NULL) AS identities_read,
  bool_or("column" = '{NUMBER}' OR ("column" = 'phone' AND source <> '{Source.ADOPT}')) AS numbers_read,
  max(zendesk_id) AS id_before,
  max(value) FILTER ("column" = '{IDENTITY}') AS external_id,
  coalesce(list(value) FILTER ("column" = '{ADDRESS}'), []) AS addresses,
  coalesce(list(value) FILTER ("column" = '{NUMBER}'), []) AS numbers,
  to_json(
    list(json_array("column", value, is_ours))
    FILTER ("column" NOT IN ('{IDENTITY}', '{ADDRESS}', '{NUMBER}'))
  )::VARCHAR AS before
FROM (FROM {{read}} QUALIFY file = max(file) OVER (PARTITION BY key)) GROUP BY key
"""
# Whoever is known and was not in the run is of no interest.
_OURS = {
    "users": "FROM users SEMI JOIN items USING (key)",
    "emails": "FROM emails WHERE abs(send) IN (FROM mine)",
}
_WHOLE = ("items", "read")
_MINE = "CREATE TEMP TABLE mine AS SELECT send FROM sends WHERE run_id = $run"
# A value that is known no more was somebody else's when it was to be emptied, and so is one adopted since.
_BLOCKED = (
    "CASE WHEN any_value(users.key) IS NULL OR any_value(abs({send})) IN (FROM mine) THEN NULL"
    f" WHEN any_value({{send}}) > 0 THEN '{NotRestorable.WRITTEN_BY_LATER_RUN}'"
    f" ELSE '{NotRestorable.CHANGED_BY_OTHERS}' END"
)
_PEOPLE = """
SELECT item.*, coalesce(added.emails, []) AS added,
  coalesce(held.identities_read, false) AS identities_read,
  coalesce(held.numbers_read, false) AS numbers_read, held.id_before,
  held.external_id AS external_id_before, coalesce(held.addresses, []) AS addresses,
  coalesce(held.numbers, []) AS numbers, held.before
FROM (
  SELECT items.key, coalesce(max(items.external_id), any_value(users.external_id)) AS external_id,
    coalesce(max(items.zendesk_id), any_value(users.zendesk_id)) AS zendesk_id,
    bool_or(items.status = 'created' AND items.sending <> 'email') AS was_created,
    bool_or(items.is_named) AS is_named, max({others}) AS tags_of_others,
    json_object({written})::VARCHAR AS written, json_object({blocked})::VARCHAR AS blocked
  FROM {items} AS items LEFT JOIN {users} AS users USING (key)
  GROUP BY items.key
) AS item
LEFT JOIN ({held}) AS held ON held.key = item.key
LEFT JOIN (
  SELECT key, list(email ORDER BY email) AS emails FROM {emails} GROUP BY key
) AS added ON added.key = item.key
"""


@dataclass(frozen=True)
class Written:
    """A run: its outbox, the user objects of it that arrived, and the files of what was there before.

    `done` has batch, position, status and zendesk_id of all of these, some at a time.
    """

    run_id: str
    outbox: Path
    done: Iterable[pl.DataFrame]
    befores: Collection[Path]


def written_fields(outbox: Path) -> list[str]:
    """Return the fields that an outbox has values for. Raises StateError for a damaged one."""
    with _readable(outbox):
        names = pl.read_parquet_schema(outbox)
    return [field_of(name) for name in names if name.startswith(VALUE_PREFIX)]


def merges_tags(outbox: Path) -> bool:
    """Tell whether an outbox has but our own tags, which were merged into those of others.

    Raises StateError for a damaged one.
    """
    with _readable(outbox):
        names = pl.read_parquet_schema(outbox)
    return {value_column(TAGS), kept_column(TAGS)} <= names.keys()


def write_undoing(
    files: PeopleFiles,
    written: Written,
    known: Path | None,
    resources: Resources,
    clock: Clock,
) -> None:
    """Write a row for everybody of a run whose user object arrived, and the addresses that were sent.

    Columns: key, external_id, zendesk_id, was_created, is_named (whether the run sent an external_id);
    `tags_of_others`, those of our tags that others had set before, a JSON text; `written`, JSON
    of each field's JSON text; `blocked`, JSON of why a field stays, by what is known; `added`, the addresses
    that this run was the first to send; `identities_read`, `numbers_read`, `id_before` (the user's),
    `external_id_before`, `addresses` and `numbers` (JSON texts), and `before`, JSON of [field, JSON text,
    whether it was ours], as far as they were read. Raises StateError for damaged files.
    """
    with known_tables(known, resources, clock) as connection:
        connection.execute(EXTERNAL)
        _load_done(connection, written.done)
        with passing_folder(files.people.parent) as folder:
            _view_run(connection, folder, written)
            connection.execute("DROP TABLE done")
            connection.execute(_MINE, {"run": written.run_id})
            write_addresses(connection, files, "items")
            parted = _write_parts(files, connection)
        _write_people(files, connection, written, parted)


def _write_parts(files: PeopleFiles, connection: duckdb.DuckDBPyConnection) -> dict[str, Parted]:
    """Part the run, and what is known of its people, by their keys."""
    ((items,),) = connection.execute("SELECT count(*) FROM items").fetchall()
    columns = len(connection.view("items").columns)
    folder, parts = files.people.parent, parts_of(items, columns)
    parted = {name: Parted(folder / name, parts).write(connection, f"FROM {name}") for name in _WHOLE}
    parted |= {
        name: Parted(folder / name, parts).write_joined(connection, sql) for name, sql in _OURS.items()
    }
    return parted


def _write_people(
    files: PeopleFiles,
    connection: duckdb.DuckDBPyConnection,
    written: Written,
    parted: Mapping[str, Parted],
) -> None:
    people = _people_sql(connection, written)
    Parted(files.people, parted["items"].parts).write_each(
        connection, lambda part: people({name: rows.read(part) for name, rows in parted.items()})
    )
    for rows in parted.values():
        rows.remove()


def _load_done(connection: duckdb.DuckDBPyConnection, done: Iterable[pl.DataFrame]) -> None:
    connection.execute(_DONE)
    for some in done:
        connection.register("arrived", some.select("batch", "position", "status", "zendesk_id").to_arrow())
        connection.execute("INSERT INTO done FROM arrived")
        connection.unregister("arrived")


def _people_sql(
    connection: duckdb.DuckDBPyConnection, written: Written
) -> Callable[[Mapping[str, str]], str]:
    """Return what makes the query for some people of the tables that are parted."""
    fields = written_fields(written.outbox)
    there = set(connection.table("users").columns)
    values = ", ".join(f"{literal(name)}, max(items.{quoted(value_column(name))})" for name in fields)
    blocked = ", ".join(
        f"{literal(name)}, {_BLOCKED.format(send='users.' + quoted(send_column(name)))}"
        for name in fields
        if send_column(name) in there
    )
    others = f"items.{quoted(kept_column(TAGS))}" if merges_tags(written.outbox) else "NULL::VARCHAR"
    return lambda tables: _PEOPLE.format(
        held=_HELD.format(**tables), written=values, blocked=blocked, others=others, **tables
    )


def _view_run(connection: duckdb.DuckDBPyConnection, folder: Path, written: Written) -> None:
    """Create the views `items`, what arrived, and `read`, what was there before, out of files in a folder."""
    sent = folder / "sent.parquet"
    with _readable(written.outbox):
        copy_rows(connection, _SENT, sent, {"outbox": str(written.outbox), "placeholder": PLACEHOLDER})
    held = " UNION ALL ".join([_nothing_read(connection), *_copied(connection, folder, written.befores)])
    connection.execute(_HEIRS.format(sent=table_of([sent])))
    ((heirs,),) = connection.execute("SELECT count(*) FROM heirs").fetchall()
    views = {"items": f"FROM {table_of([sent])}", "read": held}
    if heirs:
        renamed = {"items": _ITEMS.format(sent=table_of([sent])), "read": _READ.format(held=held)}
        for name, rows in renamed.items():
            copy_rows(connection, rows, folder / f"{name}.parquet")
            views[name] = f"FROM {table_of([folder / f'{name}.parquet'])}"
    for name, rows in views.items():
        connection.execute(f"CREATE TEMP VIEW {name} AS {rows}")


def _copied(connection: duckdb.DuckDBPyConnection, folder: Path, befores: Collection[Path]) -> Iterator[str]:
    """Copy the files of what was there before, each with its number, and yield their tables."""
    columns = ", ".join(map(quoted, BEFORE_SCHEMA))
    for number, before in enumerate(befores):
        copy = folder / f"held-{number}.parquet"
        with _readable(before):
            rows = f"SELECT {columns}, $file::INTEGER AS file FROM read_parquet($before)"
            copy_rows(connection, rows, copy, {"file": number, "before": str(before)})
        yield f"FROM {table_of([copy])}"


def _nothing_read(connection: duckdb.DuckDBPyConnection) -> str:
    empty = pl.DataFrame(schema=BEFORE_SCHEMA).with_columns(file=pl.lit(0, pl.Int32))
    connection.register("nothing_read", empty.to_arrow())
    return "FROM nothing_read"


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, duckdb.Error, pl.exceptions.PolarsError) as error:
        if not is_damage(error):
            raise
        raise StateError(
            f"{path} cannot be read: {error}",
            "Put it back from a backup; without it nobody can tell what to take back.",
            code="run_files_damaged",
        ) from error
