"""The tables that queries find on a server: files under a name, and those of its catalogs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zdpipe.engine.spark.complaints import spark_errors
from zdpipe.engine.spark.types import columns_of
from zdpipe.errors import ProjectError, QueryError
from zdpipe.model.schema import SourceSchema

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.session import SparkSession

_SEPARATORS = {".csv": ",", ".csv.gz": ",", ".tsv": "\t", ".tsv.gz": "\t"}


def create_views(spark: SparkSession, tables: Mapping[str, Path | str]) -> None:
    """Make temporary views of the files of `[source] tables`, which the server opens, not this machine."""
    for name, place in tables.items():
        try:
            with spark_errors():
                _read(spark, str(place)).createOrReplaceTempView(quoted(name))
        except QueryError as error:
            raise ProjectError(
                f'The files of table "{name}" cannot be read by Spark: {error.message}',
                error.hint or "Correct [source] tables in zdpipe.toml, or the files.",
            ) from None


def _read(spark: SparkSession, place: str) -> DataFrame:
    separator = next((sign for ending, sign in _SEPARATORS.items() if place.lower().endswith(ending)), None)
    if separator is None:
        return spark.read.parquet(place)
    return spark.read.csv(place, sep=separator, header=True, inferSchema=True, multiLine=True, escape='"')


def read_schema(spark: SparkSession, views: Sequence[str], databases: Sequence[str]) -> SourceSchema:
    """Return the columns of the views and of every table in the databases, by default the current one."""
    with spark_errors():
        names = {name: quoted(name) for name in views} | dict(_listed(spark, databases))
        return SourceSchema({name: columns_of(spark.table(path).schema) for name, path in names.items()})


def _listed(spark: SparkSession, databases: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each table's name as a query would write it, and as Spark takes it."""
    if not databases:
        for table in spark.catalog.listTables():
            if not table.isTemporary:
                yield table.name, quoted(table.name)
    for database in databases:
        for table in spark.catalog.listTables(database):
            if not table.isTemporary:
                yield f"{database}.{table.name}", f"{database}.{quoted(table.name)}"


def quoted(name: str) -> str:
    """Quote a name for Spark."""
    return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    """Quote a text for Spark, which reads backslashes in it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
