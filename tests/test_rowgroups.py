from __future__ import annotations

import pyarrow as pa
import pytest

from zdpipe.rowgroups import rows_a_group


@pytest.mark.parametrize(
    ("text", "rows", "expected"), [("x", 1000, 500), ("x" * 1_000_000, 20, 8), ("x" * 10_000_000, 2, 1)]
)
def test_the_longer_the_texts_the_fewer_rows(text: str, rows: int, expected: int) -> None:
    assert rows_a_group(pa.table({"text": [text] * rows}), 500) == expected


def test_a_table_without_rows_has_a_group_all_the_same() -> None:
    assert rows_a_group(pa.table({"text": pa.array([], pa.string())}), 500) == 1
