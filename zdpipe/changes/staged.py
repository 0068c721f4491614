"""Valid rows on their way into a workspace: a file that is written once and read several times."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from zdpipe.changes.columns import RECORD_COLUMNS, Columns
from zdpipe.changes.session import failures
from zdpipe.rowgroups import rows_a_group

# Every thread that reads holds the columns of a whole group in memory.
_ROWS_A_GROUP = 20_480


class StagedRows:
    """A Parquet file: written and read in a fraction of a table's time, and only the columns asked for.

    Its columns are row (Int64) and, as texts, key, external_id, email, unread and a slot for each field.
    `rows` is how many there are by now.
    """

    def __init__(self, path: Path, columns: Columns) -> None:
        """Start an empty file of the owner's alone. Raises StateError where the disk refuses it."""
        self.path = path
        self.rows = 0
        self._columns = columns
        texts = [*RECORD_COLUMNS[1:], *(slot for _, slot in columns)]
        schema = pa.schema([("row", pa.int64()), *((name, pa.large_string()) for name in texts)])
        with failures(path):
            path.unlink(missing_ok=True)
            path.touch(mode=0o600)
            # It lives for minutes: compressing it takes longer than writing it.
            self._writer = ParquetWriter(
                path, schema, compression="none", use_dictionary=False, write_statistics=["row"]
            )

    def append(self, records: pl.DataFrame) -> None:
        """Write more rows, in the names of the query's columns."""
        chosen = records.select(
            pl.col("row").cast(pl.Int64),
            *(pl.col(name).cast(pl.String) for name in RECORD_COLUMNS[1:]),
            *(pl.col(name).cast(pl.String).alias(slot) for name, slot in self._columns),
        )
        with failures(self.path):
            table = chosen.to_arrow(compat_level=pl.CompatLevel.oldest())
            self._writer.write_table(table, row_group_size=rows_a_group(table, _ROWS_A_GROUP))
        self.rows += records.height

    def finish(self) -> None:
        """End the file, so that it can be read; ending it twice does nothing."""
        with failures(self.path):
            self._writer.close()

    def remove(self) -> None:
        """Throw the file away, whatever became of it."""
        with suppress(OSError):  # a full disk has been told of by then
            self._writer.close()
        self.path.unlink(missing_ok=True)
