"""What nobody can be faster than: DuckDB's own COPY of the query to Parquet, as a program.

Takes the database, the file to write, and a memory limit in DuckDB's words.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from tests.bench.growth.query import TEN


def main(database: str, out: str, memory: str) -> None:
    """Write the query's rows."""
    spill = str(Path(out).with_suffix(".tmp"))
    with duckdb.connect(
        database, read_only=True, config={"memory_limit": memory, "temp_directory": spill}
    ) as connection:
        connection.execute(f"COPY ({TEN}) TO '{out}' (FORMAT parquet)")


if __name__ == "__main__":
    main(*sys.argv[1:])
