"""Where people came from: their source rows, kept beside what was known of them before they were sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from zdpipe.changes.session import Session, failures
from zdpipe.durable import written_whole
from zdpipe.model.known import literal, value_column
from zdpipe.model.policy import SendOn
from zdpipe.model.sources import KINDS, KNOWN_PREFIX, SEND_PREFIX, SOURCE_PREFIX, VALUE_PREFIX

# Each part is planned anew; larger ones save little.
_ROWS_AT_ONCE = 100_000
_ROWS_A_GROUP = 20_480

_KEEPING = """
CREATE TABLE keeping AS
SELECT kept.row, coalesce(standing.role, 'lead') AS role, standing.lead_row,
  kept.sending, coalesce(standing.is_primary, false) AS by_primary, owned.email IS NOT NULL AS email_is_known
FROM (
  SELECT row, person, email, sending FROM sent_leads
  UNION ALL
  SELECT row, person, email, NULL FROM standing ANTI JOIN sent_leads USING (row)
) AS kept
LEFT JOIN standing ON standing.row = kept.row
LEFT JOIN known_emails AS owned ON owned.key = kept.person AND owned.email = kept.email
"""
_BEFORE = """
CREATE TABLE known_before AS
SELECT keeping.row, users.zendesk_id, users.primary_email{known}{sends}
FROM (SELECT row FROM keeping WHERE role = 'lead') AS keeping
JOIN (SELECT row, person AS key FROM mapped) AS people USING (row) JOIN known_users AS users USING (key)
"""
_PART = """
SELECT keeping.row, people.key, keeping.* EXCLUDE (row), {email}{values},
  known_before.* EXCLUDE (row){source}
FROM (FROM keeping WHERE {part}) AS keeping
JOIN (SELECT row, person AS key FROM mapped WHERE {part}) AS people ON people.row = keeping.row
JOIN (FROM read_parquet({scratch}) WHERE {part}) AS source ON source.row = keeping.row
LEFT JOIN (SELECT * FROM {valued} WHERE {part}) AS valued ON valued.row = keeping.row
LEFT JOIN (FROM known_before WHERE {part}) AS known_before ON known_before.row = keeping.row
"""
_FIXED = ("row", "key", "role", "lead_row", "sending", "by_primary", "email_is_known")


def write_sources(
    session: Session,
    scratch: Path,
    out: Path,
    columns: Sequence[str],
    kinds: Mapping[str, str],
    fitting: int,
) -> None:
    """Keep the rows of everybody who is sent or has several rows, durably; a power cut leaves all or nothing.

    No more rows of the result are joined at a time than are `fitting`.
    `scratch` has the source of every row: `row`, and a text column `s<number>` for each of `columns`. Where
    nobody is kept there is no file. Its columns: row, key (the person's), role (lead, further or duplicate),
    lead_row (null for a person's only row), sending (of a lead row that is sent), by_primary (whether its
    address is the one known as primary), email_is_known; `value.<field>` (the normalized value as JSON text,
    `value.email` the bare address; null where the outbox has it too); `known.user_id`, `known.primary_email`,
    `known.<field>` and `send.<field>` (what was known before, with the send it was acknowledged by, of fields
    that anybody got); and `source.<column>`, as text. Its metadata has the `kinds` of the columns sent.
    """
    session.run(_KEEPING)
    low, high, rows = session.one("SELECT min(row), max(row), count(*) FROM keeping")
    out.unlink(missing_ok=True)
    if not rows:
        return
    known = _remember(session)
    with failures(out), written_whole(out) as file:
        parts = _parts(session, scratch, len(columns), range(low, high + 1, min(_ROWS_AT_ONCE, fitting)))
        first = next(parts)
        schema = _named(first.schema, session, known, columns, kinds)
        # Hardly a value of a source comes twice; a dictionary of them would take longer and more room.
        with ParquetWriter(
            file, schema, compression="zstd", use_dictionary=False, write_statistics=False
        ) as writer:
            for part in chain((first,), parts):
                writer.write_batch(pa.RecordBatch.from_arrays(part.columns, schema=schema))
    # The outbox, which is next, needs the memory.
    session.run("DROP TABLE keeping")
    session.run("DROP TABLE known_before")


def _remember(session: Session) -> list[str]:
    """Create `known_before`, what is known of the lead rows' people; return the fields it has, in order."""
    rows = session.rows(
        "SELECT column_name FROM duckdb_columns() WHERE database_name = 'known' AND table_name = 'users'"
    )
    there = {name for (name,) in rows}
    fields = [(name, slot) for name, slot in session.columns if value_column(name) in there]
    known = "".join(f", users.{slot}" for _, slot in fields)
    sends = "".join(f", users.send_{slot}" for _, slot in fields)
    session.run(_BEFORE.format(known=known, sends=sends))
    return [name for name, _ in fields]


def _parts(session: Session, scratch: Path, columns: int, starts: range) -> Iterator[pa.RecordBatch]:
    # What is sent of a row stands in the outbox, unless not all that it has is sent with everybody. Rows that
    # are not sent are those of people with several.
    if any(session.columns.policy(name).send_on is not SendOn.BOTH for name, _ in session.columns):
        valued, value = "(SELECT *, email AS staged_email FROM records)", "valued.{slot}"
    else:
        valued, value = "members", "CASE WHEN keeping.sending IS NULL THEN valued.{slot} END"
    for first in starts:
        sql = _PART.format(
            email=value.format(slot="staged_email"),
            values=session.columns.listed(value),
            valued=valued,
            source="".join(f", source.s{number}" for number in range(columns)),
            scratch=literal(str(scratch)),
            part=f"row BETWEEN {first} AND {first + starts.step - 1}",
        )
        yield from session.stream(sql, _ROWS_A_GROUP)


def _named(
    schema: pa.Schema,
    session: Session,
    known: Sequence[str],
    columns: Sequence[str],
    kinds: Mapping[str, str],
) -> pa.Schema:
    """Give columns their names only now: to DuckDB names that differ in case alone would be one."""
    names = [
        *_FIXED,
        *(VALUE_PREFIX + name for name in ("email", *session.columns.names)),
        *(KNOWN_PREFIX + name for name in ("user_id", "primary_email", *known)),
        *(SEND_PREFIX + name for name in known),
        *(SOURCE_PREFIX + name for name in columns),
    ]
    named = [field.with_name(name) for field, name in zip(schema, names, strict=True)]
    return pa.schema(named, metadata={KINDS: json.dumps(dict(kinds))})
