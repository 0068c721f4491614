"""Arrow batches → one Parquet file, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from zdpipe.durable import written_whole
from zdpipe.errors import ProjectError


def write_parquet(schema: pa.Schema, batches: Iterable[pa.RecordBatch], out: Path) -> int:
    """Write batches to a file of the owner's alone and return the number of rows."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return _write(schema, batches, out)
    except OSError as error:
        raise ProjectError(
            f"{out} cannot be written: {error.strerror or error}.",
            "Make the folder writable, with space left.",
        ) from None


def _write(schema: pa.Schema, batches: Iterable[pa.RecordBatch], path: Path) -> int:
    rows = 0
    with written_whole(path) as file, ParquetWriter(file, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows
