"""`make bench-small` leaves with 1 where something got worse, after it looked twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bench.growth import small
from tests.bench.growth.ground import Ground
from tests.bench.growth.judge import Ratio, Ratios, read_ratios, write_ratios
from tests.bench.growth.ours import FLOOR
from tests.bench.growth.process import Spent

RECORD: Ratios = {rows: {"plan": Ratio(10.0, 4.0)} for rows in small.SIZES}
AS_BEFORE = {FLOOR: Spent(0.1, 0.1, 100), "plan": Spent(1.0, 1.0, 400)}
SLOWER = {**AS_BEFORE, "plan": Spent(2.0, 2.0, 400)}
Taken = dict[str, Spent]


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of ratios; nothing is really measured."""

    @contextmanager
    def nothing(folder: Path, rows: int, memory: str) -> Iterator[Ground]:
        yield Ground(folder, rows, "", "", memory)

    path = tmp_path / "ratios.toml"
    write_ratios(path, RECORD)
    monkeypatch.setattr(small, "RECORDED", path)
    monkeypatch.setattr(small, "ground_of", nothing)
    monkeypatch.setattr(small, "default_memory", lambda folder: "300MB")
    return path


def let_measure(monkeypatch: pytest.MonkeyPatch, *taken: Taken) -> list[int]:
    """Let the first measurements be these, and all others the last; return the list of sizes measured."""
    left, asked = list(taken), list[int]()

    def in_turns(ground: Ground, cases: object, rounds: int) -> Taken:
        asked.append(ground.rows)
        return left.pop(0) if len(left) > 1 else left[0]

    monkeypatch.setattr(small, "in_turns", in_turns)
    return asked


def test_all_is_as_before(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = let_measure(monkeypatch, AS_BEFORE)
    assert small.main(record=False) == 0
    assert asked == [10_000, 100_000]


def test_what_is_slower_twice_fails(
    recorded: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = let_measure(monkeypatch, SLOWER)
    assert small.main(record=False) == 1
    assert asked == [10_000, 10_000, 100_000, 100_000]
    assert (
        "plan, 10,000 rows: time is 20.00 × that of DuckDB's COPY, and was 10.00" in capsys.readouterr().out
    )
    assert read_ratios(recorded) == RECORD


def test_what_is_slower_once_passes(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = let_measure(monkeypatch, SLOWER, AS_BEFORE)
    assert small.main(record=False) == 0
    assert asked == [10_000, 10_000, 100_000]


def test_a_case_that_is_gone_fails(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let_measure(monkeypatch, {FLOOR: AS_BEFORE[FLOOR]})
    assert small.main(record=False) == 1


def test_ratios_are_recorded_where_that_is_asked(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let_measure(monkeypatch, SLOWER)
    assert small.main(record=True) == 0
    assert read_ratios(recorded) == {rows: {"plan": Ratio(20.0, 4.0)} for rows in small.SIZES}
