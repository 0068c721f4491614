"""A relation's rows as Arrow batches, one after another, stoppable at any time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from zdpipe.engine.complaints import query_errors


class ArrowStream:
    """An open reader; `schema` is known before the first batch."""

    def __init__(self, reader: pa.RecordBatchReader, worker: ThreadPoolExecutor) -> None:
        self._reader = reader
        self._worker = worker
        self.schema: pa.Schema = reader.schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while (batch := self._next()) is not None:
            yield batch

    def _next(self) -> pa.RecordBatch | None:
        with query_errors():
            return self._worker.submit(_read, self._reader).result()


@contextmanager
def open_stream(
    con: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation, rows: int
) -> Iterator[ArrowStream]:
    """Run a relation and give its batches of about `rows` rows; leaving early stops the query.

    DuckDB works in a thread of its own, because Python handles ^C only while the main thread is not inside
    a library's call.
    """
    worker = ThreadPoolExecutor(1, "zdpipe-engine")
    reader: pa.RecordBatchReader | None = None
    try:
        with query_errors():
            reader = worker.submit(relation.to_arrow_reader, rows).result()
        yield ArrowStream(reader, worker)
    finally:
        con.interrupt()
        worker.shutdown(wait=True)
        if reader is not None:
            reader.close()


def _read(reader: pa.RecordBatchReader) -> pa.RecordBatch | None:
    # A StopIteration cannot cross from one thread to another.
    return next(iter(reader), None)
