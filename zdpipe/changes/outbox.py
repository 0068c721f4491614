"""The outbox file: payloads in sending order, durable before the first request."""

from __future__ import annotations

import os
from pathlib import Path

from zdpipe.changes.outgoing import copy_sql
from zdpipe.changes.session import Session
from zdpipe.changes.waves import place_in_batches
from zdpipe.model.batch import Batch, BatchState

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
    os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    session.run(copy_sql(session, str(aside)))
    _sync(aside)
    aside.replace(path)
    _sync(path.parent)
    return [Batch(number, users, BatchState.READY, after) for number, users, after in session.rows(_BATCHES)]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
