"""Who is about to be written by a run, what of, and what is known of it; and what they held, once read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from zdpipe.clock import Clock
from zdpipe.durable import written_whole
from zdpipe.model.batch import Batch
from zdpipe.model.before import ADDRESS, IDENTITY, NUMBER, Source
from zdpipe.model.fields import TAGS
from zdpipe.model.known import (
    TABLES,
    VALUE_PREFIX,
    field_of,
    kept_column,
    known_column,
    literal,
    own_column,
    quoted,
    send_column,
    value_column,
)
from zdpipe.model.match import PeopleFiles
from zdpipe.model.resources import EXTERNAL, Resources
from zdpipe.parted import Parted, copy_rows, parts_of, passing_folder, table_of
from zdpipe.state.batches import EVERY_BATCH
from zdpipe.state.instance import in_memory
from zdpipe.state.known_users import check_format, opened

BEFORE_SCHEMA = {
    "key": pl.String,
    "zendesk_id": pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "source": pl.String,
    "is_ours": pl.Boolean,
}
_ROWS_A_GROUP = 10_240

# Whoever was written already, or may have been, holds what the run wrote.
_UNTOUCHED = """
SELECT * EXCLUDE (payload) FROM read_parquet($outbox) AS item
WHERE item.batch <= $through AND item.key NOT IN (
  SELECT sent.key FROM read_parquet($outbox) AS sent JOIN attempted
    ON sent.batch = attempted.batch AND sent.position BETWEEN attempted.first AND attempted.last
) AND item.key NOT IN (SELECT ahead.key FROM read_parquet($outbox) AS ahead WHERE ahead.batch <= $beyond)
AND item.key NOT IN (FROM there)
"""
# Without any file nobody is there.
_THERE = (
    "CREATE TEMP TABLE there AS SELECT DISTINCT key FROM read_parquet({befores}, hive_partitioning = false)"
)
_NOBODY = "CREATE TEMP TABLE there (key VARCHAR)"
# Whoever is known by an address alone and gets an external_id is still the same person.
_PAST = """
CREATE TEMP TABLE past AS
SELECT DISTINCT item.key, users.key AS was FROM untouched AS item JOIN users USING (key)
UNION ALL
SELECT item.key, min(alone.key) FROM untouched AS item JOIN users AS alone ON alone.key = item.email
WHERE item.external_id IS NOT NULL AND alone.external_id IS NULL
  AND item.key NOT IN (SELECT key FROM users) AND alone.key NOT IN (SELECT key FROM untouched)
GROUP BY item.key
"""
_KNOWN = "SELECT past.key, users.* EXCLUDE (key) FROM users JOIN past ON past.was = users.key"
_SOUGHT = """
SELECT item.key, coalesce(max(item.external_id), any_value(users.external_id)) AS external_id,
  any_value(users.zendesk_id) AS zendesk_id{fields}
FROM {items} AS item LEFT JOIN {known} AS users USING (key) GROUP BY item.key
"""
_ADDRESSES = """
COPY (SELECT DISTINCT key, email FROM {items} WHERE email IS NOT NULL) TO {path} (FORMAT parquet)
"""
# Only a field that is written can be lost; what was adopted of it was read in the account.
_ADOPTED = """
SELECT past.key, users.zendesk_id, {name} AS "column", users.{value} AS value
FROM users JOIN past ON past.was = users.key
SEMI JOIN (FROM untouched WHERE {value} IS NOT NULL) AS item ON item.key = past.key
WHERE users.{send} < 0
"""
_ADOPTED_IDENTITIES = f"""
SELECT past.key, users.zendesk_id, '{IDENTITY}' AS "column",
  CASE WHEN users.external_id IS NOT NULL THEN to_json(users.external_id)::VARCHAR END AS value
FROM users JOIN past ON past.was = users.key
SEMI JOIN (FROM emails WHERE send < 0) AS adopted ON adopted.key = users.key
UNION ALL
SELECT past.key, NULL, '{ADDRESS}', to_json(emails.email)::VARCHAR
FROM emails JOIN past ON past.was = emails.key
SEMI JOIN (FROM emails WHERE send < 0) AS adopted ON adopted.key = emails.key
"""


@dataclass(frozen=True)
class Portion:
    """Some of the people of an outbox: those of its batches `through` a number, but of none `beyond` one.

    Nobody of the `attempted` batches is among them, and nobody who is in the files `befores`.
    """

    outbox: Path
    attempted: Collection[Batch]
    befores: Collection[Path] = ()
    through: int = EVERY_BATCH
    beyond: int = 0


class Untouched:
    """The people of a run's outbox whom it has not begun to write, beside what is known of them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, fields: Collection[str]) -> None:
        self._connection = connection
        self._merges_tags = kept_column(TAGS) in connection.view("untouched").columns
        self.fields = list(fields)

    def people(self) -> int:
        """Return how many there are."""
        ((people,),) = self._connection.execute("SELECT count(DISTINCT key) FROM untouched").fetchall()
        return int(people)

    def write_sought(self, files: PeopleFiles) -> None:
        """Write who they are, and the addresses to be sent.

        For each field `value:<field>` has the JSON text to be written, null where it is not, `known:<field>`
        the known one, and `own:<field>` whether zdpipe sent that. Where tags are merged into those of others,
        `kept:tags` has the known ones that others had set before.
        """
        there = set(self._connection.table("users").columns)
        fields = "".join(
            f", max(item.{quoted(value_column(name))}) AS {quoted(value_column(name))}"
            f", any_value({_known(value_column(name), there)}) AS {quoted(known_column(name))}"
            f", any_value({_known(send_column(name), there)}) > 0 AS {quoted(own_column(name))}"
            for name in self.fields
        )
        if self._merges_tags:
            tags = quoted(kept_column(TAGS))
            fields += f", any_value({_known(kept_column(TAGS), there)}) AS {tags}"
        ((rows,),) = self._connection.execute("SELECT count(*) FROM untouched").fetchall()
        folder, parts = files.people.parent, parts_of(rows, 3 * len(self.fields))
        items = Parted(folder / "items", parts).write(self._connection, "FROM untouched")
        known = Parted(folder / "known", parts).write_joined(self._connection, _KNOWN)
        Parted(files.people, parts).write_each(
            self._connection,
            lambda part: _SOUGHT.format(items=items.read(part), known=known.read(part), fields=fields),
        )
        for parted in (items, known):
            parted.remove()
        write_addresses(self._connection, files, "untouched")

    def adopted(self) -> Iterator[pl.DataFrame]:
        """Yield, in the columns of BEFORE_SCHEMA, what an adoption read of what is to be written.

        Of tags that are merged into those of others nobody could tell which were ours.
        """
        there = set(self._connection.table("users").columns)
        parts = [_ADOPTED_IDENTITIES]
        parts += [
            _ADOPTED.format(
                name=literal(name),
                value=quoted(value_column(name)),
                send=quoted(send_column(name)),
            )
            for name in self.fields
            if send_column(name) in there and not (name == TAGS and self._merges_tags)
        ]
        result = self._connection.sql(" UNION ALL ".join(f"({part})" for part in parts))
        with result.to_arrow_reader(_ROWS_A_GROUP) as reader:
            for part in reader:
                yield pl.DataFrame(pl.from_arrow(part)).select(
                    "key",
                    "zendesk_id",
                    "column",
                    "value",
                    pl.lit(Source.ADOPT.value).alias("source"),
                    pl.lit(value=False).alias("is_ours"),
                )


def write_addresses(connection: duckdb.DuckDBPyConnection, files: PeopleFiles, items: str) -> None:
    """Write the addresses of a table of user objects."""
    connection.execute(_ADDRESSES.format(items=items, path=literal(str(files.addresses))))


def holds_adopted(known: Path, fields: Collection[str], clock: Clock) -> bool:
    """Tell whether any of the fields, or an address, is known that zdpipe did not send."""
    with opened(known, clock, read_only=True) as connection:
        there = set(connection.table("users").columns)
        marks = [quoted(send_column(name)) for name in fields if send_column(name) in there]
        values = " OR ".join(f"{mark} < 0" for mark in marks) or "false"
        ((found,),) = connection.execute(
            f"SELECT EXISTS (FROM users WHERE {values}) OR EXISTS (FROM emails WHERE send < 0)"
        ).fetchall()
        return bool(found)


@contextmanager
def untouched(
    portion: Portion, known: Path | None, resources: Resources, clock: Clock
) -> Iterator[Untouched]:
    """Lend a portion of an outbox's people; the known users are open meanwhile."""
    with known_tables(known, resources, clock) as connection:
        frame = pl.DataFrame(
            [(batch.number, batch.first, batch.first + batch.users - 1) for batch in portion.attempted],
            schema={"batch": pl.Int32, "first": pl.Int32, "last": pl.Int32},
            orient="row",
        )
        connection.register("attempted", frame.to_arrow())
        connection.execute(EXTERNAL)
        befores = f"[{', '.join(literal(str(path)) for path in portion.befores)}]"
        connection.execute(_THERE.format(befores=befores) if portion.befores else _NOBODY)
        with passing_folder(resources.temporary) as folder:
            file = folder / "untouched.parquet"
            copy_rows(
                connection,
                _UNTOUCHED,
                file,
                {"outbox": str(portion.outbox), "through": portion.through, "beyond": portion.beyond},
            )
            connection.execute(f"CREATE TEMP VIEW untouched AS FROM {table_of([file])}")
            connection.execute(_PAST)
            columns = connection.view("untouched").columns
            fields = [field_of(column) for column in columns if column.startswith(VALUE_PREFIX)]
            yield Untouched(connection, fields)


@contextmanager
def known_tables(
    known: Path | None, resources: Resources, clock: Clock
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Lend a connection with the tables of known users to read from, empty ones where nobody is known."""
    if known is None:
        with in_memory("What a run wrote", resources) as connection:
            for table, columns in TABLES.items():
                connection.execute(f"CREATE TABLE {table} ({columns})")
            yield connection
        return
    with opened(known, clock, resources, read_only=True) as connection:
        check_format(connection, known)
        yield connection


def write_before(path: Path, rows: Iterable[pl.DataFrame]) -> None:
    """Write what users held, in the columns of BEFORE_SCHEMA; a power cut leaves the whole file or none.

    Without any row there is no file.
    """
    filled = (frame for frame in rows if not frame.is_empty())
    first = next(filled, None)
    if first is None:
        return
    schema = _arrow(pl.DataFrame(schema=BEFORE_SCHEMA)).schema
    with (
        written_whole(path) as file,
        ParquetWriter(file, schema, compression="zstd", write_statistics=False) as writer,
    ):
        for frame in chain((first,), filled):
            writer.write_table(_arrow(frame).cast(schema), row_group_size=_ROWS_A_GROUP)


def values_before(path: Path, keys: Collection[str]) -> list[tuple[str, str | None]]:
    """Return the fields of people in such a file, each with its JSON text, None for nothing."""
    told = pl.scan_parquet(path, glob=False).filter(
        pl.col("key").is_in(list(keys)) & ~pl.col("column").is_in([IDENTITY, ADDRESS, NUMBER])
    )
    return told.select("column", "value").collect().rows()


def _arrow(frame: pl.DataFrame) -> pa.Table:
    return frame.select(list(BEFORE_SCHEMA)).to_arrow(compat_level=pl.CompatLevel.oldest())


def _known(column: str, there: set[str]) -> str:
    return f"users.{quoted(column)}" if column in there else "NULL"
