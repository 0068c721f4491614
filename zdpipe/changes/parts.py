"""Files of everybody are made in parts: how many rows are joined and sorted at once."""

from __future__ import annotations

from zdpipe.changes.columns import Columns

# DuckDB sorts this many rows within any sensible memory; all rows at once it does not. In eight parts instead
# of one they take twice as long, because each statement is planned anew.
_ROWS_AT_ONCE = 200_000
_VALUES_AT_ONCE = 1_600_000


def rows_at_once(columns: Columns) -> int:
    """Return how many rows of these fields a part has."""
    return min(_ROWS_AT_ONCE, max(1, _VALUES_AT_ONCE // max(1, len(columns.names))))
