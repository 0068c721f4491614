"""The outbox file: payloads in sending order, durable before the first request."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from zdpipe.changes.outgoing import outbox_sql
from zdpipe.changes.session import Session, failures
from zdpipe.changes.waves import place_in_batches
from zdpipe.model.batch import Batch, BatchState

# DuckDB sorts this many wide rows within any sensible memory; all rows at once it does not.
_ITEMS_AT_ONCE = 50_000
# Row groups are small, so that a reader of a few batches reads little.
_ITEMS_A_GROUP = 10_240

_BATCHES = """
SELECT batch, count(*), coalesce(max(previous_batch), 0) FROM placed GROUP BY batch ORDER BY batch
"""


def write_outbox(session: Session, path: Path, batch_size: int) -> list[Batch]:
    """Write the items as Parquet and return their batches; a power cut leaves the whole file or none.

    Columns: batch, position, row, key, external_id, sending, email, payload, previous_batch,
    previous_position, and `value:<field>` for each field (JSON texts; null for further addresses).
    """
    place_in_batches(session, batch_size)
    aside = path.with_name(path.name + ".partial")
    aside.unlink(missing_ok=True)
    batches = [
        Batch(number, users, BatchState.READY, after) for number, users, after in session.rows(_BATCHES)
    ]
    with failures():
        _write(session, aside, len(batches), max(1, _ITEMS_AT_ONCE // batch_size))
        aside.replace(path)
        _sync(path.parent)
    return batches


def _write(session: Session, path: Path, batches: int, at_once: int) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        parts = _parts(session, batches, at_once)
        first = next(parts)
        # Whoever reads looks for batches only.
        with ParquetWriter(file, first.schema, compression="zstd", write_statistics=["batch"]) as writer:
            writer.write_batch(first)
            for part in parts:
                writer.write_batch(part)
        file.flush()
        os.fsync(file.fileno())


def _parts(session: Session, batches: int, at_once: int) -> Iterator[pa.RecordBatch]:
    """Yield the outbox's rows in order; at least one part, maybe empty."""
    for first in range(1, max(batches, 1) + 1, at_once):
        yield from session.stream(outbox_sql(session, first, first + at_once - 1), _ITEMS_A_GROUP)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
