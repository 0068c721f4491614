from __future__ import annotations

import pytest

from zdpipe.changes.parts import rows_at_once


@pytest.mark.parametrize(
    ("rows", "size", "memory", "at_once"),
    [
        (0, 0, 120_000_000, 200_000),
        (10_000_000, 2_000_000_000, 120_000_000, 200_000),
        (10_000_000, 2_000_000_000, 60_000_000, 100_000),
        (10_000, 20_000_000, 120_000_000, 20_000),
        (10_000, 400_000_000, 120_000_000, 166),
        (2, 400_000_000, 1_000_000, 1),
    ],
)
def test_a_part_takes_a_third_of_the_memory_at_most_and_long_texts_less(
    rows: int, size: int, memory: int, at_once: int
) -> None:
    assert rows_at_once(rows, size, memory) == at_once
