"""A query's rows as Arrow tables, one after another, as the server sends them.

The client's own `toArrow` keeps every row until the last has come. Its `toLocalIterator` does not, and asks
in the way that is used here (pyspark/sql/connect/dataframe.py), but makes Python objects of the values.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from zdpipe.engine.session import Frames
from zdpipe.engine.spark.complaints import spark_errors

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame

Tables = Generator[pa.Table, None, None]


def arrow_tables(frame: DataFrame, texts: Mapping[str, str]) -> Tables:
    """Run a query and yield what arrives, some megabytes at a time; at least one table, maybe empty.

    Closing the generator, or an interruption, ends the query on the server too.
    """
    client = frame.sparkSession.client
    with spark_errors(texts):
        for part in client.to_table_as_iterator(frame._plan.to_proto(client), frame._plan.observations):
            if isinstance(part, pa.Table):
                yield part


def polars_frames(tables: Tables, rows: int) -> Frames:
    """Put small tables together to frames of about `rows` rows."""
    waiting: list[pa.Table] = []
    yielded = False
    try:
        for table in tables:
            if waiting and sum(one.num_rows for one in waiting) + table.num_rows > rows:
                yield _frame(waiting)
                waiting, yielded = [], True
            if table.num_rows or not (waiting or yielded):
                waiting.append(table)
        if waiting:
            yield _frame(waiting)
    finally:
        tables.close()


def _frame(tables: Sequence[pa.Table]) -> pl.DataFrame:
    frame = pl.DataFrame(pl.from_arrow(pa.concat_tables(tables)))
    # DuckDB makes a VARCHAR of a column that is nothing but NULL.
    return frame.with_columns(pl.col(pl.Null).cast(pl.String))
