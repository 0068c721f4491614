"""CI fails on a ratio that got worse by half, and on a case that nobody measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.growth.judge import Ratio, complaints, ratios_of, read_ratios, write_ratios
from tests.bench.growth.ours import CASES, FLOOR
from tests.bench.growth.process import Spent
from tests.bench.growth.small import RECORDED, SIZES

RECORD = {10_000: {"plan": Ratio(10.0, 4.0), "run": Ratio(12.0, 4.0)}}


def measured(time: float = 10.0, memory: float = 4.0) -> dict[int, dict[str, Ratio]]:
    return {10_000: {"plan": Ratio(time, memory), "run": Ratio(12.0, 4.0)}}


@pytest.mark.parametrize(("time", "memory"), [(10.0, 4.0), (1.0, 1.0), (15.0, 6.0)])
def test_what_did_not_get_worse_by_half_passes(time: float, memory: float) -> None:
    assert list(complaints(measured(time, memory), RECORD)) == []


def test_what_got_slower_by_half_is_named() -> None:
    assert list(complaints(measured(time=15.1), RECORD)) == [
        "plan, 10,000 rows: time is 15.10 × that of DuckDB's COPY, and was 10.00"
    ]


def test_what_got_larger_by_half_is_named() -> None:
    assert list(complaints(measured(memory=6.1), RECORD)) == [
        "plan, 10,000 rows: memory is 6.10 × that of DuckDB's COPY, and was 4.00"
    ]


def test_a_case_that_was_not_measured_is_named() -> None:
    assert list(complaints({10_000: {"run": Ratio(12.0, 4.0)}}, RECORD)) == [
        "plan, 10,000 rows: was not measured"
    ]
    assert len(list(complaints({}, RECORD))) == 2


def test_a_case_that_was_not_recorded_is_named() -> None:
    more = {10_000: {**RECORD[10_000], "adopt": Ratio(1.0, 1.0)}}
    assert list(complaints(more, RECORD)) == ["adopt, 10,000 rows: nothing is recorded to compare it with"]


def test_ratios_are_those_of_the_processors_time_and_of_memory() -> None:
    spent = {FLOOR: Spent(1.0, 0.5, 100), "plan": Spent(9.0, 5.0, 400)}
    assert ratios_of(spent) == {"plan": Ratio(10.0, 4.0)}


def test_what_is_recorded_is_read_again(tmp_path: Path) -> None:
    write_ratios(tmp_path / "ratios.toml", RECORD)
    assert read_ratios(tmp_path / "ratios.toml") == RECORD


def test_recording_the_same_again_changes_nothing(tmp_path: Path) -> None:
    write_ratios(tmp_path / "ratios.toml", read_ratios(RECORDED))
    assert (tmp_path / "ratios.toml").read_text() == RECORDED.read_text()


def test_every_case_of_ours_is_recorded() -> None:
    recorded = read_ratios(RECORDED)
    assert set(recorded) == set(SIZES)
    for cases in recorded.values():
        assert set(cases) == set(CASES) - {FLOOR}
