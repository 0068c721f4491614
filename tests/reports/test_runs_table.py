from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.reports.build import DONE, STOPPED, render
from zdpipe.reports.runs_table import runs_table


@pytest.mark.parametrize("width", [120, 100, 50])
def test_the_history(width: int, snapshot: SnapshotAssertion) -> None:
    assert render(runs_table([STOPPED, DONE], width), width) == snapshot


def test_no_history_says_how_to_begin() -> None:
    assert "zdpipe run" in render(runs_table([], 50), 50)
