"""What DuckDB's own parser takes, whatever tables and functions there are."""

from __future__ import annotations

from functools import cache

import duckdb

# Characters; the parser takes half a minute for a list of a million items, and people write no such files.
_LONGEST = 200_000


def reads(text: str) -> bool:
    """Tell whether a text is one SELECT by DuckDB's grammar; nothing is looked up or run.

    A text that is too long to ask about is not.
    """
    if len(text) > _LONGEST:
        return False
    try:
        statements = _connection().extract_statements(text)
    except duckdb.Error:
        return False
    return len(statements) == 1 and _is_select(statements[0])


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def _is_select(statement: duckdb.Statement) -> bool:
    try:
        return bool(statement.type == duckdb.StatementType.SELECT)
    except ValueError:  # a kind of statement that the Python library has no name for
        return False
