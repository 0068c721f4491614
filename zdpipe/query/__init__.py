"""From a SQL file to a Query: header, dialect, syntax tree, the tables it reads and the columns it gives."""

from __future__ import annotations

from zdpipe.query.files import find_queries, read_attribute_tables, read_query
from zdpipe.query.output import OutputColumn, output_columns
from zdpipe.query.tables import attribute_tables_needed, tables_read
from zdpipe.query.translate import engine_sql

__all__ = [
    "OutputColumn",
    "attribute_tables_needed",
    "engine_sql",
    "find_queries",
    "output_columns",
    "read_attribute_tables",
    "read_query",
    "tables_read",
]
