"""Files of everybody are made in parts: how many rows are joined and sorted at once."""

from __future__ import annotations

# Larger parts are quicker, because each is planned anew, but a run of a million takes over 700 MB with them.
_ROWS_AT_ONCE = 40_000
# The sort of a part has its values, and what they are joined with.
_SHARE_OF_MEMORY = 3
# DuckDB works on so many rows at a time, and has several texts of each then that it cannot spill.
_ROWS_A_VECTOR = 2048
_TEXTS = 6


def rows_at_once(rows: int, size: int, memory: int) -> int:
    """Return how many rows a part has, of so many that have a size in all; size and memory limit in bytes."""
    if not rows:
        return _ROWS_AT_ONCE
    fitting = memory // _SHARE_OF_MEMORY * rows // max(1, size)
    if fitting < _ROWS_A_VECTOR * _TEXTS:
        fitting //= _TEXTS
    return min(_ROWS_AT_ONCE, max(1, fitting))
