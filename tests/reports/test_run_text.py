from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from tests.reports.build import DONE, STOPPED, render
from zdpipe.model.run import Counts, Outcome
from zdpipe.reports.run_text import run_text

NUMBERS = st.integers(0, 10_000_000)


@pytest.mark.parametrize("width", [100, 50])
def test_a_stopped_run(width: int, snapshot: SnapshotAssertion) -> None:
    assert render(run_text(STOPPED), width) == snapshot


@pytest.mark.parametrize("width", [100, 50])
def test_a_run_that_is_done(width: int, snapshot: SnapshotAssertion) -> None:
    assert render(run_text(DONE), width) == snapshot


@given(st.lists(NUMBERS, min_size=7, max_size=7))
def test_the_counts_shown_add_up_to_the_rows_read(numbers: list[int]) -> None:
    report = replace(DONE, counts=Counts(sum(numbers), *numbers))
    above, _, below = render(run_text(report), 100).partition("─────")
    shown = [int(number.replace(",", "")) for number in re.findall(r"^\w+ +([\d,]+)  ", above, re.MULTILINE)]
    total = re.search(r"read +([\d,]+)", below)
    assert total is not None
    assert len(shown) == 7
    assert sum(shown) == int(total[1].replace(",", ""))


@pytest.mark.parametrize("width", [40, 50, 60])
def test_commands_and_paths_are_never_broken(width: int) -> None:
    lines = render(run_text(STOPPED), width).splitlines()
    assert "  zdpipe resume 20260102-030405-ab12" in lines
    assert f"  {STOPPED.rejects_files[0]}" in lines


def test_an_interrupted_run_names_the_command_that_continues_once() -> None:
    assert STOPPED.stop is not None
    stop = replace(
        STOPPED.stop,
        message="Stopped from the keyboard.",
        hint="Continue with: zdpipe resume 20260102-030405-ab12",
    )
    text = render(run_text(replace(STOPPED, outcome=Outcome.INTERRUPTED, stop=stop)), 100)
    assert text.count("zdpipe resume") == 1
