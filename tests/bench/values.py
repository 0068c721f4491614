"""`make bench-values`: how many rows a second are normalized and validated, of a query of ten columns.

The rows are those of `zdpipe sample`, read by DuckDB beforehand and normalized in the batches of a run.
Beside it stands DuckDB's own copy of the same query to Parquet, so that a slow machine is known from a slow
change. Prints a table; ends with 1 where a promise is not kept.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing
from pathlib import Path
from time import perf_counter

import duckdb
import polars as pl

from tests.bench.delivery import tell
from tests.bench.growth.query import TEN
from zdpipe.ahead import work_ahead
from zdpipe.records.normalize import normalize
from zdpipe.records.rules import rules_for
from zdpipe.sample.write import write_sample

ROWS, ROUNDS = 500_000, 5
ROWS_PER_BATCH = 100_000  # those of a run of ten columns
PACE = 400_000


def main() -> int:
    """Measure, the best of a few rounds: what else the machine does only makes one slower."""
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "customer_360.duckdb"
        write_sample(source, ROWS, seed=1)
        with closing(duckdb.connect(source, read_only=True)) as connection:
            copied = min(copy(connection, Path(name) / "copy.parquet") for _ in range(ROUNDS))
            with connection.sql(TEN).to_arrow_reader(ROWS_PER_BATCH) as reader:
                frames = [pl.DataFrame(pl.from_arrow(batch)) for batch in reader]
    normalized = min(run(frames) for _ in range(ROUNDS))
    rows = sum(frame.height for frame in frames)
    tell(f"{'case':<34}{'seconds':>9}{'rows/s':>10}")
    tell(f"{'DuckDB copies the query':<34}{copied:>9.2f}{rows / copied:>10.0f}")
    tell(f"{'normalize and validate':<34}{normalized:>9.2f}{rows / normalized:>10.0f}")
    return 0 if rows / normalized >= PACE else 1


def copy(connection: duckdb.DuckDBPyConnection, out: Path) -> float:
    """Return the seconds DuckDB takes to write the query's rows to Parquet."""
    started = perf_counter()
    connection.execute(f"COPY ({TEN}) TO '{out}' (FORMAT parquet)")
    return perf_counter() - started


def run(frames: list[pl.DataFrame]) -> float:
    """Return the seconds it takes to normalize all rows, as many batches at a time as there are cores."""
    rules = rules_for(frames[0].schema)
    started = perf_counter()
    for _ in work_ahead(frames, lambda frame: normalize(frame, 1, rules), pl.thread_pool_size()):
        pass
    return perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
