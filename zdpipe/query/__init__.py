"""From a SQL file to a Query: header, dialect, syntax tree, and the tables it reads."""

from __future__ import annotations

from zdpipe.query.files import find_queries, read_attribute_tables, read_query
from zdpipe.query.tables import attribute_tables_needed, tables_read
from zdpipe.query.translate import engine_sql

__all__ = [
    "attribute_tables_needed",
    "engine_sql",
    "find_queries",
    "read_attribute_tables",
    "read_query",
    "tables_read",
]
