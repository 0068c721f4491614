"""A relation's rows as Arrow batches, one after another, stoppable at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Lock
from typing import TypeVar

import duckdb
import pyarrow as pa

from zdpipe.engine.complaints import as_said, query_errors

Result = TypeVar("Result")

_PAUSE_SECONDS = 0.05


class _Worker:
    """DuckDB's thread: Python handles ^C only while its main thread is not inside a library's call."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._pool = ThreadPoolExecutor(1, "zdpipe-engine")
        self._at_work = Lock()
        self._stopped = Event()

    def run(self, call: Callable[..., Result], *arguments: object) -> Result:
        """Return what a call gives, once it is through."""
        return self._pool.submit(self._unless_stopped, call, *arguments).result()

    def stop(self) -> None:
        """Interrupt what is under way and let nothing begin any more."""
        self._stopped.set()
        self._con.interrupt()
        # DuckDB forgets an interrupt that comes before the query has begun, so one may not be enough.
        while not self._at_work.acquire(timeout=_PAUSE_SECONDS):
            self._con.interrupt()
        self._at_work.release()
        self._pool.shutdown(wait=True)

    def _unless_stopped(self, call: Callable[..., Result], *arguments: object) -> Result:
        with self._at_work:
            if self._stopped.is_set():
                raise duckdb.InterruptException("INTERRUPT Error: Interrupted!")
            return call(*arguments)


class ArrowStream:
    """An open reader; `schema` is known before the first batch."""

    def __init__(self, reader: pa.RecordBatchReader, worker: _Worker, hide: Callable[[str], str]) -> None:
        self._reader = reader
        self._worker = worker
        self._hide = hide
        self.schema: pa.Schema = reader.schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while (batch := self._next()) is not None:
            yield batch

    def _next(self) -> pa.RecordBatch | None:
        with query_errors(hide=self._hide):
            return self._worker.run(_read, self._reader)


@contextmanager
def open_stream(
    con: duckdb.DuckDBPyConnection,
    relation: duckdb.DuckDBPyRelation,
    rows: int,
    hide: Callable[[str], str] = as_said,
) -> Iterator[ArrowStream]:
    """Run a relation and give its batches of about `rows` rows; leaving early stops the query.

    `hide` takes out of DuckDB's words what nobody may see.
    """
    worker = _Worker(con)
    reader: pa.RecordBatchReader | None = None
    try:
        with query_errors(hide=hide):
            reader = worker.run(relation.to_arrow_reader, rows)
        yield ArrowStream(reader, worker, hide)
    finally:
        worker.stop()
        if reader is not None:
            reader.close()


def _read(reader: pa.RecordBatchReader) -> pa.RecordBatch | None:
    # A StopIteration cannot cross from one thread to another.
    return next(iter(reader), None)
