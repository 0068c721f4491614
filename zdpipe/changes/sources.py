"""Where people came from: their source rows, kept beside what was known of them before they were sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from zdpipe.changes.session import Session, failures, text
from zdpipe.durable import written_whole
from zdpipe.model.known import quoted, send_column, value_column
from zdpipe.model.policy import SendOn
from zdpipe.model.sources import KINDS, KNOWN_PREFIX, SEND_PREFIX, SOURCE_PREFIX, VALUE_PREFIX

# Rows of the result that are joined at once, in memory; all of them at once would spill as wide as they are.
_ROWS_AT_ONCE = 250_000
_ROWS_A_GROUP = 20_480

_KEEPING = """
CREATE OR REPLACE TABLE keeping AS
SELECT mapped.row, mapped.person AS key, coalesce(standing.role, 'lead') AS role, standing.lead_row,
  sent.sending, coalesce(standing.is_primary, false) AS by_primary, owned.email IS NOT NULL AS email_is_known
FROM (SELECT row, person, email FROM mapped) AS mapped
LEFT JOIN standing ON standing.row = mapped.row
LEFT JOIN sent_leads AS sent ON sent.row = mapped.row
LEFT JOIN known.emails AS owned ON owned.key = mapped.person AND owned.email = mapped.email
WHERE standing.row IS NOT NULL OR sent.row IS NOT NULL
"""
_PART = """
SELECT keeping.*, records.email{values}, users.zendesk_id, users.primary_email{known}{sends}{source}
FROM (FROM keeping WHERE row BETWEEN {first} AND {last}) AS keeping
JOIN (FROM read_parquet({scratch}) WHERE row BETWEEN {first} AND {last}) AS source ON source.row = keeping.row
LEFT JOIN (
  FROM records SEMI JOIN (FROM keeping WHERE {needs_values}) AS wanted USING (row)
  WHERE row BETWEEN {first} AND {last}
) AS records ON records.row = keeping.row
LEFT JOIN known.users AS users ON users.key = keeping.key AND keeping.role = 'lead'
"""
_FIXED = ("row", "key", "role", "lead_row", "sending", "by_primary", "email_is_known")


def write_sources(
    session: Session, scratch: Path, out: Path, columns: Sequence[str], kinds: Mapping[str, str]
) -> None:
    """Keep the rows of everybody who is sent or has several rows, durably; a power cut leaves all or nothing.

    `scratch` has the source of every row: `row`, and a text column `s<number>` for each of `columns`. Where
    nobody is kept there is no file. Its columns: row, key (the person's), role (lead, further or duplicate),
    lead_row (null for a person's only row), sending (of a lead row that is sent), by_primary (whether its
    address is the one known as primary), email_is_known; `value.<field>` (the normalized value as JSON text,
    `value.email` the bare address; null where the outbox has it too); `known.user_id`, `known.primary_email`,
    `known.<field>` and `send.<field>` (what was known before, with the send it was acknowledged by); and
    `source.<column>`, as text. Its metadata has the `kinds` of the columns sent.
    """
    session.run(_KEEPING)
    low, high, rows = session.one("SELECT min(row), max(row), count(*) FROM keeping")
    out.unlink(missing_ok=True)
    if not rows:
        return
    with failures(out), written_whole(out) as file:
        parts = _parts(session, scratch, len(columns), range(low, high + 1, _ROWS_AT_ONCE))
        first = next(parts)
        schema = _named(first.schema, session, columns, kinds)
        with ParquetWriter(file, schema, compression="zstd", write_statistics=False) as writer:
            for part in chain((first,), parts):
                writer.write_batch(pa.RecordBatch.from_arrays(part.columns, schema=schema))


def _parts(session: Session, scratch: Path, columns: int, starts: range) -> Iterator[pa.RecordBatch]:
    for first in starts:
        sql = _part_sql(session, scratch, columns, first, first + _ROWS_AT_ONCE - 1)
        yield from session.stream(sql, _ROWS_A_GROUP)


def _part_sql(session: Session, scratch: Path, columns: int, first: int, last: int) -> str:
    there = _known_columns(session)
    # What is sent of a row stands in the outbox, unless not all that it has is sent with everybody.
    is_partial = any(session.columns.policy(name).send_on is not SendOn.BOTH for name, _ in session.columns)
    known = (_column(value_column(name), there, "VARCHAR") for name, _ in session.columns)
    sends = (_column(send_column(name), there, "INTEGER") for name, _ in session.columns)
    return _PART.format(
        values=session.columns.listed("records.{slot}"),
        needs_values="true" if is_partial else "sending IS NULL",
        known="".join(known),
        sends="".join(sends),
        source="".join(f", source.s{number}" for number in range(columns)),
        scratch=text(str(scratch)),
        first=first,
        last=last,
    )


def _known_columns(session: Session) -> set[str]:
    rows = session.rows(
        "SELECT column_name FROM duckdb_columns() WHERE database_name = 'known' AND table_name = 'users'"
    )
    return {name for (name,) in rows}


def _column(name: str, there: set[str], kind: str) -> str:
    return f", users.{quoted(name)}" if name in there else f", NULL::{kind}"


def _named(
    schema: pa.Schema, session: Session, columns: Sequence[str], kinds: Mapping[str, str]
) -> pa.Schema:
    """Give columns their names only now: to DuckDB names that differ in case alone would be one."""
    fields = session.columns.names
    names = [
        *_FIXED,
        *(VALUE_PREFIX + name for name in ("email", *fields)),
        *(KNOWN_PREFIX + name for name in ("user_id", "primary_email", *fields)),
        *(SEND_PREFIX + name for name in fields),
        *(SOURCE_PREFIX + name for name in columns),
    ]
    named = [field.with_name(name) for field, name in zip(schema, names, strict=True)]
    return pa.schema(named, metadata={KINDS: json.dumps(dict(kinds))})
