"""Looks for a person's values in every file below a folder: in the bytes, and in what their readers say."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import duckdb
import pyarrow.parquet as pq

_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")


def found_in(folder: Path, values: Collection[str]) -> dict[str, set[str]]:
    """Return which values each file below the folder holds, by its path in the folder."""
    found = {
        str(path.relative_to(folder)): {value for value in values if _holds(path, value)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return {name: held for name, held in found.items() if held}


def _holds(path: Path, value: str) -> bool:
    spelled = _spellings(value)
    raw = path.read_bytes()
    for text in spelled:
        if any(text.encode(encoding) in raw for encoding in _ENCODINGS):
            return True
    lower = raw.lower()
    if any(text.lower().encode() in lower for text in spelled):
        return True
    read = "\n".join(_read(path, raw)).casefold()
    return any(text.casefold() in read for text in spelled)


def _spellings(value: str) -> set[str]:
    return {value, value.lower(), value.upper(), value[::-1], json.dumps(value)[1:-1], quote(value, safe="")}


def _read(path: Path, raw: bytes) -> Iterator[str]:
    """Yield everything a file says by its own reader: compressed values are no bytes to be searched for."""
    if raw[:4] == b"PAR1":
        yield from _parquet(path)
    elif raw.startswith(b"SQLite format 3\0"):
        yield from _copied(path, _sqlite)
    elif raw[8:12] == b"DUCK":
        yield from _copied(path, _duckdb)


def _parquet(path: Path) -> Iterator[str]:
    with pq.ParquetFile(path) as file:
        yield str(file.metadata.metadata)
        for group in range(file.metadata.num_row_groups):
            for column in range(file.metadata.num_columns):
                yield str(file.metadata.row_group(group).column(column).statistics)
        yield from map(str, file.read().to_pylist())


def _copied(path: Path, read: object) -> Iterator[str]:
    """Read a copy with the logs beside it, so that looking changes nothing."""
    with tempfile.TemporaryDirectory() as place:
        for file in path.parent.glob(f"{path.name}*"):
            if file.is_file():
                shutil.copy(file, place)
        yield from read(Path(place) / path.name)  # type: ignore[operator]


def _sqlite(path: Path) -> Iterator[str]:
    with closing(sqlite3.connect(path)) as connection:
        yield from connection.iterdump()


def _duckdb(path: Path) -> Iterator[str]:
    with closing(duckdb.connect(path)) as connection:
        for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            yield from map(str, connection.execute(f"FROM {table}").fetchall())
            yield from map(str, connection.execute(f"PRAGMA storage_info('{table}')").fetchall())
