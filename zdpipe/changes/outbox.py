"""The outbox file: payloads in sending order, durable before the first request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from zdpipe.changes.outgoing import keep_further, outbox_sql
from zdpipe.changes.session import Session, failures
from zdpipe.changes.waves import place_in_batches
from zdpipe.durable import written_whole
from zdpipe.model.batch import Batch, BatchState

# Each part is planned anew; in larger ones little is saved, and more threads run out of memory.
_ITEMS_AT_ONCE = 100_000
# Row groups are small, so that a reader of a few batches reads little.
_ITEMS_A_GROUP = 4_096

_BATCHES = """
SELECT batch, count(*), coalesce(max(previous_batch), 0) FROM placed GROUP BY batch ORDER BY batch
"""


def write_outbox(session: Session, path: Path, batch_size: int, fitting: int) -> list[Batch]:
    """Write the items as Parquet and return their batches; a power cut leaves the whole file or none.

    No more items are joined and sorted at a time than are `fitting`, but whole batches.

    Columns: batch, position, row, key, external_id, sending, email, payload, previous_batch,
    previous_position, makes_primary, and `value:<field>` for each field (JSON texts; null for further
    addresses), beside it `kept:<field>` for fields of which the account decides what is sent.
    """
    place_in_batches(session, batch_size)
    batches = [
        Batch(number, users, BatchState.READY, after) for number, users, after in session.rows(_BATCHES)
    ]
    keep_further(session)
    with failures(path):
        _write(session, path, len(batches), max(1, min(_ITEMS_AT_ONCE, fitting) // batch_size))
    return batches


def _write(session: Session, path: Path, batches: int, at_once: int) -> None:
    with written_whole(path) as file:
        parts = _parts(session, batches, at_once)
        first = next(parts)
        # Whoever reads looks for batches only.
        with ParquetWriter(file, first.schema, compression="zstd", write_statistics=["batch"]) as writer:
            writer.write_batch(first)
            for part in parts:
                writer.write_batch(part)


def _parts(session: Session, batches: int, at_once: int) -> Iterator[pa.RecordBatch]:
    """Yield the outbox's rows in order; at least one part, maybe empty."""
    for first in range(1, max(batches, 1) + 1, at_once):
        yield from session.stream(outbox_sql(session, first, first + at_once - 1), _ITEMS_A_GROUP)
