"""Rows that may be set aside the next time: valid ones, of people and with addresses of no other row."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pyarrow as pa

from zdpipe.changes.familiar import FAMILIAR, KEPT
from zdpipe.changes.session import Session

_ROWS_A_PART = 100_000
_NAMES = ", ".join(FAMILIAR.names())
_PRINTS = """
CREATE TABLE prints (
  row BIGINT, source UBIGINT, source_check UINTEGER, record UBIGINT, record_check UINTEGER, marks UTINYINT,
  remarked UINTEGER, is_new BOOLEAN
)
"""
# Whoever is there in several rows, or shares an address, is looked at each time. They are told by hashes, so
# that some who are alone may be among them. Whether a row is just as known is found out each time anyway.
_LEARNT = f"""
CREATE TABLE learnt AS
SELECT {_NAMES}, is_new FROM prints
ANTI JOIN moved USING (row)
ANTI JOIN members USING (row)
ANTI JOIN repeating USING (row)
"""
_ORDERED = f"""
CREATE TABLE ordered AS
SELECT {_NAMES} FROM (FROM aside UNION ALL BY NAME SELECT {_NAMES} FROM learnt LIMIT {{most}})
ORDER BY source
"""
# A table's rows are numbered in the order in which they came.
_KEPT = f"""
SELECT {", ".join(KEPT.names())}
FROM (SELECT source, source_check, marks, remarked FROM ordered ORDER BY rowid)
POSITIONAL JOIN (
  SELECT record, record_check, rowid::UINTEGER AS place FROM ordered ORDER BY record
)
"""


def begin_learning(session: Session) -> None:
    """Create `prints`: row, the columns of a familiar row, and whether it was a stranger."""
    session.run(_PRINTS)


def learn(session: Session) -> tuple[int, int]:
    """Create `learnt`, the rows looked at that may be set aside the next time.

    Returns how many there are, and how many of them are new.
    """
    session.run(_LEARNT)
    rows, new = session.one("SELECT count(*), count(*) FILTER (is_new) FROM learnt")
    return int(rows), int(new)


def all_familiar(session: Session, aside: pl.DataFrame, most: int) -> Iterator[pa.RecordBatch]:
    """Yield what was learnt together with the rows that were set aside, as they are kept.

    Of more rows than `most` some are left out.
    """
    session.connection.register("aside", aside.to_arrow())
    try:
        session.run(_ORDERED.format(most=most))
    finally:
        session.connection.unregister("aside")
    yield from session.stream(_KEPT, _ROWS_A_PART)
