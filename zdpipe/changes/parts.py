"""Files of everybody are made in parts: how many rows fit into memory at once."""

from __future__ import annotations

# The sort of a part has its values, and what they are joined with.
_SHARE_OF_MEMORY = 3
# DuckDB works on so many rows at a time, and has several texts of each then that it cannot spill.
_ROWS_A_VECTOR = 2048
_TEXTS = 6


def rows_that_fit(rows: int, size: int, memory: int) -> int:
    """Return how many of some rows, which have a size in all, fit under a memory limit, both in bytes."""
    fitting = memory // _SHARE_OF_MEMORY * max(1, rows) // max(1, size)
    if fitting < _ROWS_A_VECTOR * _TEXTS:
        fitting //= _TEXTS
    return max(1, fitting)
