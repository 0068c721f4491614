"""Rows of millions of people on disk in parts, so that wide rows can be joined, grouped and sorted.

DuckDB 2.0 runs out of 250 MB of memory where it joins or sorts ten million wide rows, and cannot put the
texts and the lists of a grouping on disk at all. A part of them fits.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from zdpipe.errors import StateError
from zdpipe.model.known import literal

if TYPE_CHECKING:
    import duckdb

# 100,000 rows of ten fields, grouped with lists and JSON, did not fit.
_VALUES_A_PART = 500_000
# So many files are open at once: common systems allow a process 1,024.
_MOST_PARTS = 500
# Each thread holds rows of all parts back before it writes them, so many values of texts in all.
_VALUES_HELD_BACK = 4_000_000
_FEWEST_HELD_BACK = 50
# DuckDB would hold 122,880 rows for each thread until it writes them.
_ROWS_A_GROUP = 10_240
# No directory above the state folder is called that: DuckDB would take it for a column.
_PART = "_part_of_people"


def parts_of(rows: int, columns: int) -> int:
    """Return in how many parts so many rows of so many columns are to be handled."""
    return min(_MOST_PARTS, -(-rows * columns // _VALUES_A_PART) or 1)


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
        return cls(folder, sum(1 for _ in folder.glob(f"{_PART}=*")))

    def write(self, connection: duckdb.DuckDBPyConnection, rows: str) -> Parted:
        """Write a statement's rows to a new folder, and return this; raises StateError where it cannot be."""
        _make(self.folder)
        held_back = _VALUES_HELD_BACK // self.parts // len(connection.sql(rows).columns)
        connection.execute(f"SET partitioned_write_flush_threshold = {max(_FEWEST_HELD_BACK, held_back)}")
        connection.execute(f"SET partitioned_write_max_open_files = {self.parts}")
        parted = f"SELECT *, hash(key) % {self.parts} AS {_PART} FROM ({rows})"
        folder = literal(str(self.folder))
        connection.execute(f"COPY ({parted}) TO {folder} (FORMAT parquet, PARTITION_BY ({_PART}))")
        # Of a part without rows there is no file.
        none = literal(str(self._without_rows))
        connection.execute(f"COPY (FROM ({rows}) LIMIT 0) TO {none} (FORMAT parquet)")
        return self

    def write_joined(self, connection: duckdb.DuckDBPyConnection, rows: str) -> Parted:
        """Write the rows of a statement that joins: there is no memory for that and for parts at once."""
        joined = self.folder.with_name(f"{self.folder.name}.parquet")
        copy_rows(connection, rows, joined)
        try:
            return self.write(connection, f"FROM {table_of([joined])}")
        finally:
            joined.unlink()

    def write_each(self, connection: duckdb.DuckDBPyConnection, sql: Callable[[int], str]) -> None:
        """Write what `sql` makes of the number of each part; raises StateError like `write`."""
        _make(self.folder)
        for part in range(self.parts):
            _make(self._of(part))
            copy_rows(connection, sql(part), self._of(part) / "rows.parquet")

    def read(self, part: int) -> str:
        """Return the table of a part's rows, in SQL."""
        return table_of(sorted(self._of(part).glob("*.parquet")) or [self._without_rows])

    def read_all(self) -> str:
        """Return the table of all rows, in SQL."""
        return table_of(sorted(self.folder.rglob("*.parquet")))

    def remove(self) -> None:
        """Throw the rows away."""
        shutil.rmtree(self.folder)

    def _of(self, part: int) -> Path:
        return self.folder / f"{_PART}={part}"

    @property
    def _without_rows(self) -> Path:
        return self.folder / "none.parquet"


def copy_rows(
    connection: duckdb.DuckDBPyConnection, rows: str, file: Path, values: Mapping[str, object] | None = None
) -> None:
    """Write a statement's rows to a file in small groups, so that they are never many in memory.

    A table of DuckDB's own would stay there in large part, whatever the disk could take (DuckDB 2.0).
    `values` are for the statement's parameters. Others may read the file, wherever they may read its folder.
    """
    how = f"FORMAT parquet, ROW_GROUP_SIZE {_ROWS_A_GROUP}"
    connection.execute(f"COPY ({rows}) TO {literal(str(file))} ({how})", values or {})


@contextmanager
def passing_folder(parent: Path) -> Iterator[Path]:
    """Lend a folder of the owner's alone that is thrown away; raises StateError where it cannot be made."""
    with _told_of(parent):
        folder = Path(mkdtemp(dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _make(folder: Path) -> None:
    with _told_of(folder):
        folder.mkdir(mode=0o700)


@contextmanager
def _told_of(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StateError(
            f"{folder} cannot be made: {error.strerror or error}.",
            "See that the disk has room, and that you may write there.",
            code="workspace",
        ) from error


def table_of(files: list[Path]) -> str:
    """Return the table of the rows of some Parquet files, in SQL, whatever their folders are called."""
    names = ", ".join(literal(str(file)) for file in files)
    return f"read_parquet([{names}], hive_partitioning = false)"
