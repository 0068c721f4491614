"""Rows left out or remarked upon, kept as files that people and programs can open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from zdpipe.errors import StateError
from zdpipe.rowgroups import rows_a_group
from zdpipe.state.folder import touch_private

_ROWS_A_GROUP = 100_000


class RowFile:
    """Appends frames of one schema to a Parquet file and, when asked, to a CSV file beside it.

    The files exist once the first row does; both are readable by their owner alone. A `passing` one is
    written quickly, to be read once and soon, with statistics that tell its `row`s.
    """

    def __init__(self, parquet: Path, csv: Path | None = None, *, passing: bool = False) -> None:
        self.parquet = parquet
        self.csv = csv
        self._passing = passing
        self.rows = 0
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> RowFile:
        for path in self.paths:
            path.unlink(missing_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is None:
            return
        if error is not None:  # what went wrong first is told
            with suppress(OSError):
                self._writer.close()
        else:
            with self._explained():
                self._writer.close()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files this writes to."""
        return (self.parquet,) if self.csv is None else (self.parquet, self.csv)

    def append(self, frame: pl.DataFrame) -> None:
        """Write more rows; an empty frame writes nothing. Raises StateError where the disk refuses them."""
        if frame.is_empty():
            return
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        with self._explained():
            if self._writer is None:
                self._writer = self._opened(table.schema)
            self._writer.write_table(table, row_group_size=rows_a_group(table, _ROWS_A_GROUP))
            self._append_csv(frame)
        self.rows += len(frame)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StateError(
                f"{self.parquet} cannot be written: {error.strerror or error}.",
                "Nothing was sent. See that the disk has room, and that you may write there.",
                code="workspace",
            ) from error

    def _opened(self, schema: pa.Schema) -> pq.ParquetWriter:
        for path in self.paths:
            touch_private(path)
        if self._passing:
            return pq.ParquetWriter(
                self.parquet, schema, compression="lz4", use_dictionary=False, write_statistics=["row"]
            )
        return pq.ParquetWriter(self.parquet, schema, compression="zstd")

    def _append_csv(self, frame: pl.DataFrame) -> None:
        if self.csv is not None:
            with self.csv.open("ab") as file:
                frame.write_csv(file, include_header=self.rows == 0)
