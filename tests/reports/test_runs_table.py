from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.reports.build import DONE, STOPPED, render
from zdpipe.reports.runs_table import runs_table


@pytest.mark.parametrize("width", [120, 100, 50])
def test_the_history(width: int, snapshot: SnapshotAssertion) -> None:
    assert render(runs_table([STOPPED, DONE], width), width) == snapshot


@pytest.mark.parametrize("width", range(40, 140, 7))
def test_no_number_and_no_name_is_ever_cut(width: int) -> None:
    shown = render(runs_table([STOPPED, DONE], width), width)
    assert "…" not in shown
    for whole in (STOPPED.run_id, "1,798", "1,843", "failed", "succeeded"):
        assert whole in shown


def test_no_history_says_how_to_begin() -> None:
    assert "zdpipe run" in render(runs_table([], 50), 50)
