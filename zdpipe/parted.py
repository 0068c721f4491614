"""Rows of millions of people on disk in parts, so that wide rows can be joined, grouped and sorted.

DuckDB 2.0 runs out of 250 MB of memory where it joins or sorts ten million wide rows, and cannot put the
texts and the lists of a grouping on disk at all. A part of them fits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_ROWS_A_PART = 100_000
# DuckDB keeps so many files open while it writes; each thread holds rows of each back until they are enough.
_MOST_PARTS = 100
_ROWS_HELD_BACK = 5_000


def parts_of(rows: int) -> int:
    """Return in how many parts so many rows are to be handled."""
    return min(_MOST_PARTS, -(-rows // _ROWS_A_PART) or 1)


@dataclass(frozen=True, slots=True)
class Parted:
    """Rows with a `key` in a folder, in as many `parts`; all rows of a key are in one part.

    Of two folders with as many parts, the parts of one number have the same keys.
    """

    folder: Path
    parts: int

    @classmethod
    def found(cls, folder: Path) -> Parted:
        """Return what was written to a folder part by part."""
        return cls(folder, sum(1 for _ in folder.glob("part=*")))

    def write(self, connection: duckdb.DuckDBPyConnection, rows: str) -> Parted:
        """Write a statement's rows; return this."""
        self.folder.mkdir(mode=0o700)
        connection.execute(f"SET partitioned_write_flush_threshold = {_ROWS_HELD_BACK}")
        parted = f"SELECT *, hash(key) % {self.parts} AS part FROM ({rows})"
        how = "FORMAT parquet, PARTITION_BY (part), OVERWRITE_OR_IGNORE"
        connection.execute(f"COPY ({parted}) TO {_text(self.folder)} ({how})")
        # Of a part without rows there is no file.
        connection.execute(f"COPY (FROM ({rows}) LIMIT 0) TO {_text(self._without_rows)} (FORMAT parquet)")
        return self

    def write_each(self, connection: duckdb.DuckDBPyConnection, sql: Callable[[int], str]) -> None:
        """Write what `sql` makes of the number of each part."""
        self.folder.mkdir(mode=0o700)
        for part in range(self.parts):
            self._of(part).mkdir()
            file = self._of(part) / "rows.parquet"
            connection.execute(f"COPY ({sql(part)}) TO {_text(file)} (FORMAT parquet)")

    def read(self, part: int) -> str:
        """Return the table of a part's rows, in SQL."""
        there = self._of(part).exists()
        return _table(self._of(part) / "*.parquet" if there else self._without_rows)

    def read_all(self) -> str:
        """Return the table of all rows, in SQL."""
        return _table(self.folder / "**" / "*.parquet")

    def _of(self, part: int) -> Path:
        return self.folder / f"part={part}"

    @property
    def _without_rows(self) -> Path:
        return self.folder / "none.parquet"


def _table(files: Path) -> str:
    return f"read_parquet({_text(files)}, hive_partitioning = false)"


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
