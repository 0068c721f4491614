"""The session that runs queries on a Spark cluster: read-only, streaming."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from zdpipe.engine.parquet import write_parquet
from zdpipe.engine.session import DEFAULT_ROWS, Frames, refuse_repeated_names
from zdpipe.engine.spark.complaints import spark_errors
from zdpipe.engine.spark.connecting import connect, leave
from zdpipe.engine.spark.places import QUERY
from zdpipe.engine.spark.stream import Tables, arrow_tables, polars_frames
from zdpipe.engine.spark.tables import create_views, literal, quoted, read_schema
from zdpipe.engine.spark.types import columns_of, has_no_counterpart
from zdpipe.errors import QueryError
from zdpipe.model.schema import SourceSchema
from zdpipe.project.secret import Secret
from zdpipe.project.tables import Source

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.session import SparkSession
    from pyspark.sql.types import StructType


def open_spark(source: Source, token: Secret | None) -> SparkSource:
    """Open a session on the project's server, with the files of `[source] tables` as views."""
    spark = connect(str(source.remote), token)
    try:
        create_views(spark, source.tables)
        return SparkSource(spark, tuple(source.tables), source.databases)
    except BaseException:
        leave(spark)
        raise


class SparkSource:
    """A session on a cluster; its views are seen by nobody else and end with it."""

    def __init__(self, spark: SparkSession, views: Sequence[str], databases: Sequence[str]) -> None:
        self._spark: SparkSession | None = spark
        self._views = views
        self._databases = databases
        self._view_texts: dict[str, str] = {}
        self._tables: Tables | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End what still runs there and the session itself; closing twice does nothing."""
        spark, self._spark = self._spark, None
        if spark is not None:
            if self._tables is not None:
                with suppress(QueryError):  # what ends badly there has ended
                    self._tables.close()
            leave(spark)

    def schema(self) -> SourceSchema:
        """Return the tables that queries may read, with DuckDB's names of Spark's types."""
        return read_schema(self._open, self._views, self._databases)

    def create_attribute_table(self, name: str, sql: str) -> None:
        """Make an attribute table a temporary view; those it reads from must have been made before."""
        frame, _ = self._bound(sql)
        with spark_errors({QUERY: sql}):
            frame.createOrReplaceTempView(quoted(name))
        self._view_texts[name] = sql

    def describe(self, sql: str) -> list[tuple[str, str]]:
        """Return names and types of a query's output columns without running it."""
        return list(columns_of(self._bound(sql)[1]).items())

    def batches(self, sql: str, rows: int = DEFAULT_ROWS) -> Frames:
        """Run a query and yield its rows in frames of at most about `rows`; at least one frame, maybe empty.

        No more rows are kept here than one frame has.
        """
        return polars_frames(self._run(sql), rows)

    def narrowed(self, sql: str, columns: Sequence[str], texts: Sequence[str], blanks: str) -> str:
        """Return the query for the rows in which a column, as lower text without outer blanks, is a text."""
        keys = ", ".join(map(literal, texts))
        value = f"lower(trim(BOTH {literal(blanks)} FROM CAST({{}} AS STRING)))"
        found = (f"{value.format(quoted(name))} IN ({keys})" for name in columns)
        return f"SELECT * FROM (\n{sql}\n) WHERE {' OR '.join(found)}"

    def write_parquet(self, sql: str, out: Path) -> int:
        """Write a query's rows to a Parquet file, which appears whole or not at all; return their number."""
        tables = self._run(sql)
        first = next(tables)
        parts = (batch for table in chain([first], tables) for batch in table.to_batches())
        return write_parquet(first.schema, parts, out)

    def _run(self, sql: str) -> Tables:
        frame, schema = self._bound(sql)
        refuse_repeated_names([field.name for field in schema.fields])
        _refuse_other_types(schema)
        self._tables = arrow_tables(frame, {QUERY: sql, **self._view_texts})
        return self._tables

    def _bound(self, sql: str) -> tuple[DataFrame, StructType]:
        """Return a query that is one SELECT, and what it gives.

        Spark's grammar lets nothing into the brackets of a subquery that writes, or that is a second
        statement; so it is read as one first.
        """
        wrapped = f"SELECT * FROM (\n{sql}\n)"
        with spark_errors({QUERY: wrapped, **self._view_texts}, lines_above=1):
            schema = self._open.sql(wrapped).schema
        with spark_errors({QUERY: sql, **self._view_texts}):
            return self._open.sql(sql), schema

    @property
    def _open(self) -> SparkSession:
        if self._spark is None:
            raise QueryError("The session is closed.", "Open the source anew.")
        return self._spark


def _refuse_other_types(schema: StructType) -> None:
    for field in schema.fields:
        if has_no_counterpart(field.dataType):
            kind = field.dataType.simpleString()
            raise QueryError(
                f"Column {field.name} is of Spark's type {kind}, which no user's property has.",
                "Turn it into a number, a date or a text.",
            )
