from __future__ import annotations

import pytest

from zdpipe.changes.columns import Columns
from zdpipe.changes.parts import rows_at_once


@pytest.mark.parametrize(("fields", "rows"), [(0, 200_000), (1, 200_000), (8, 200_000), (50, 32_000)])
def test_the_more_fields_the_fewer_rows(fields: int, rows: int) -> None:
    assert rows_at_once(Columns(tuple(f"user_fields.f{number}" for number in range(fields)))) == rows
