"""How many rows go into one row group of a Parquet file."""

from __future__ import annotations

import pyarrow as pa

# DuckDB holds a column of a whole group in memory for each thread that reads, and cannot spill that.
_BYTES_A_GROUP = 8 * 2**20


def rows_a_group(table: pa.Table, most: int) -> int:
    """Return as many rows of a table as stay small together, `most` at most."""
    fitting: int = _BYTES_A_GROUP * table.num_rows // max(1, table.nbytes)
    return min(most, max(1, fitting))
