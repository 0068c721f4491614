"""Functions and tables that reach outside the source (DuckDB documentation, "Securing DuckDB")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from zdpipe.lint.subject import Subject

_OUTSIDE_FUNCTION = re.compile(
    r"""
    read_\w+ | write_\w+ | parquet_\w+ | sniff_csv | glob | st_read\w*  # files
    | (?:arrow|bigquery|delta|duckdb|ducklake|iceberg|index|mysql|odbc|pandas|postgres|python)_scan\w*
    | (?:seq|sqlite)_scan\w*
    | (?:postgres|mysql|sqlite|odbc|bigquery)_(?:query|execute|attach)\w*  # other databases
    | dblink\w* | opendatasource | openrowset | external_query
    | lo_(?:import|export) | pg_read_\w+ | pg_ls_\w+
    | http_\w+ | load_aws_credentials | which_secret | duckdb_(?:secrets|settings|extensions|logs?)
    | getenv | current_setting | set_config | pragma_\w+
    | query | query_table | force_checkpoint | checkpoint
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FILE_NAME = re.compile(
    r"""
    [a-z][a-z0-9+.-]*://.* | .*[/\\].* | .*[*?].*
    | .*\.(?:arrow|avro|csv|db|duckdb|feather|gz|ipc|json|jsonl|ndjson|orc|parquet|pq)
    | .*\.(?:sqlite|sqlite3|tsv|txt|xlsx?|zst)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


def is_outside_function(node: exp.Expr) -> bool:
    """Tell whether a call reads, writes or shows something beside the source's tables."""
    if isinstance(node, exp.Glob):  # the operator x GLOB 'a*'
        return False
    if isinstance(node, exp.Anonymous):
        return _OUTSIDE_FUNCTION.fullmatch(node.name) is not None
    names = type(node).sql_names() if isinstance(node, exp.Func) else []
    return any(_OUTSIDE_FUNCTION.fullmatch(name) for name in names)


def file_read_by(table: exp.Table, subject: Subject) -> str | None:
    """Return the name of the file or address that a table really is, None for a table."""
    if not isinstance(table.this, exp.Identifier):
        return None
    name = ".".join(part.name for part in table.parts)
    if subject.catalog.has_schema and subject.catalog.knows(table):
        return None
    start = subject.positions.extent(table.this)[0]
    is_string = subject.positions.text[start : start + 1] == "'"
    is_quoted = bool(table.this.args.get("quoted")) or len(table.parts) > 1
    return name if is_string or (is_quoted and _FILE_NAME.fullmatch(name)) else None
