"""The tables as folders of Parquet files, one file a run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from zdpipe.clock import Clock
from zdpipe.durable import written_whole
from zdpipe.errors import UsageProblem
from zdpipe.model.warehouse import TABLES, Mark
from zdpipe.state.folder import make_private_folder
from zdpipe.state.warehouse.shelf import explained, with_patience

_LOCK = ".zdpipe-export.lock"
_MARK = b"zdpipe"
# Whoever has a run's own row has all its others: it is written last, and carries the mark.
_LAST = "runs"
_ROWS_A_GROUP = 100_000


class ParquetFolder:
    """A folder that is held by a lock of the system's; files are replaced whole."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def marks(self) -> dict[str, Mark]:
        """Return what is there of which runs."""
        found = {}
        for file in sorted((self._path / _LAST).glob("*.parquet")):
            mark = _read_mark(file)
            if mark is not None:
                found[file.stem] = mark
        return found

    def put(self, run_id: str, mark: Mark, selects: Mapping[str, str], now: datetime) -> dict[str, int]:
        """Put the files of a run in place of those that are there."""
        written = {}
        for table in sorted(selects, key=lambda name: name == _LAST):
            note = _note(mark, now) if table == _LAST else {}
            with explained(self._path):
                written[table] = self._write(self._path / table / f"{run_id}.parquet", selects[table], note)
        return written

    def _write(self, path: Path, select: str, note: Mapping[bytes, bytes]) -> int:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        rows = 0
        with self._connection.sql(select).to_arrow_reader(_ROWS_A_GROUP) as reader:
            schema = reader.schema.with_metadata(dict(note))
            with written_whole(path) as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
                for batch in reader:
                    writer.write_batch(batch)
                    rows += batch.num_rows
        return rows


@contextmanager
def parquet_folder(
    connection: duckdb.DuckDBPyConnection, path: Path, clock: Clock
) -> Iterator[ParquetFolder]:
    """Hold a folder, made for its owner alone where there is none; another export is waited for a minute.

    Raises StateLocked, and UsageProblem where it cannot be used.
    """
    with explained(path):
        if not path.exists():
            make_private_folder(path)
        lock = FileLock(path / _LOCK, mode=0o600)
        with_patience(lambda: _acquired(lock), clock, path)
    try:
        yield ParquetFolder(connection, path)
    finally:
        lock.release()


def _acquired(lock: FileLock) -> Literal[True] | None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return True


def _note(mark: Mark, now: datetime) -> dict[bytes, bytes]:
    document = {
        "print": mark.print,
        "format": mark.format,
        "show_pii": mark.show_pii,
        "exported_at": now.isoformat(),
    }
    return {_MARK: json.dumps(document).encode()}


def _read_mark(file: Path) -> Mark | None:
    """Return the mark of a run's file; one that cannot be read is written anew."""
    try:
        metadata = pq.read_schema(file).metadata or {}
        document = json.loads(metadata[_MARK])
        return Mark(document["print"], document["format"], document["show_pii"])
    except (OSError, pa.ArrowException, KeyError, ValueError):
        return None


def check_folder(path: Path) -> None:
    """Raise UsageProblem where something stands in the place of a table's folder, or is no folder itself."""
    for place in (path, *(path / table for table in TABLES)):
        if place.exists() and not place.is_dir():
            raise UsageProblem(
                f"{place} is no folder.", "Name a folder, or a file that ends in .duckdb.", code="export"
            )
