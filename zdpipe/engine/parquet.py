"""Arrow batches → one Parquet file, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from zdpipe.errors import ProjectError


def write_parquet(schema: pa.Schema, batches: Iterable[pa.RecordBatch], out: Path) -> int:
    """Write batches beside `out`, fsync, move the file (0600) into place, and return the number of rows."""
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        rows = _write(schema, batches, beside)
        beside.replace(out)
        _sync(out.parent)
    except OSError as error:
        raise ProjectError(
            f"{out} cannot be written: {error.strerror or error}.",
            "Make the folder writable, with space left.",
        ) from None
    finally:
        beside.unlink(missing_ok=True)
    return rows


def _write(schema: pa.Schema, batches: Iterable[pa.RecordBatch], path: Path) -> int:
    rows = 0
    # Customers are in it: nobody else may read it, not even while it is being written.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with ParquetWriter(file, schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
                rows += batch.num_rows
        file.flush()
        os.fsync(file.fileno())
    return rows


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
