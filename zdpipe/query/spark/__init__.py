"""Queries → Spark's SQL that gives what DuckDB would give, and what has no such counterpart."""

from zdpipe.query.spark.sql import CURE, SPARK_DIALECT, spark_losses, spark_sql

__all__ = ["CURE", "SPARK_DIALECT", "spark_losses", "spark_sql"]
