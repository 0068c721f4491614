"""Cases take turns, and nobody waits for a rival that takes hours."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from math import inf
from pathlib import Path

import pytest

from tests.bench.growth.ground import Ground
from tests.bench.growth.others import OTHERS, PATIENCE
from tests.bench.growth.ours import CASES
from tests.bench.growth.process import Overtime, Spent
from tests.bench.growth.results import Result, Results
from tests.bench.growth.sizes import ground_of
from tests.bench.growth.turns import by_pace, in_turns, patiently


def ground(rows: int) -> Ground:
    return Ground(Path(), rows, "", "", "300MB")


def taking(seconds: float, asked: list[float]) -> Callable[[Ground], Spent]:
    def send(_: Ground) -> Spent:
        asked.append(seconds)
        if seconds > PATIENCE:
            raise Overtime("too slow")
        return Spent(seconds, seconds, 1)

    return send


def test_cases_take_turns() -> None:
    asked: list[float] = []
    best = in_turns(ground(10), {"one": taking(1.0, asked), "two": taking(2.0, asked)}, 2)
    assert asked == [1.0, 2.0, 1.0, 2.0]
    assert best == {"one": Spent(1.0, 1.0, 1), "two": Spent(2.0, 2.0, 1)}


def test_a_rival_that_is_quick_enough_is_measured() -> None:
    asked: list[float] = []
    result = patiently(ground(1_000), "drt", taking(7.0, asked), 2, pace=PATIENCE)
    assert (result, asked) == (Result("drt", 1_000, Spent(7.0, 7.0, 1)), [7.0, 7.0])


def test_a_rival_that_is_too_slow_by_its_pace_is_not_started() -> None:
    asked: list[float] = []
    result = patiently(ground(1_000), "drt", taking(7.0, asked), 1, pace=PATIENCE + 1)
    assert (result, asked) == (Result("drt", 1_000, None, PATIENCE + 1), [])


@pytest.mark.parametrize("pace", [None, PATIENCE - 1])
def test_a_rival_that_takes_longer_than_it_should_is_given_up_in_time(pace: float | None) -> None:
    asked: list[float] = []
    result = patiently(ground(1_000), "drt", taking(PATIENCE + 1, asked), 3, pace)
    assert (result, asked) == (Result("drt", 1_000, None, None), [PATIENCE + 1])


def test_a_rival_that_was_given_up_is_not_tried_with_more_rows() -> None:
    asked: list[float] = []
    assert patiently(ground(1_000), "drt", taking(7.0, asked), 1, pace=inf) == Result("drt", 1_000, None)
    assert asked == []


def test_paces_are_of_the_next_smaller_size_measured_or_not() -> None:
    results = Results()
    results.add(Result("drt", 10, Spent(2.0, 2.0, 1)))
    results.add(Result("drt", 100, None, 20.0))
    assert by_pace(results, "drt", 10) is None
    assert by_pace(results, "drt", 100) == 20.0
    assert by_pace(results, "drt", 1_000) == 200.0
    results.add(Result("dlt", 100, None))
    assert by_pace(results, "dlt", 1_000) == inf


def test_every_case_of_ours_does_its_work(tmp_path: Path) -> None:
    """Each of them looks at what was counted."""
    with ground_of(tmp_path, 2_000, "300MB") as small:
        spent = in_turns(small, CASES, rounds=2)
    assert set(spent) == set(CASES)
    assert all(took.cpu > 0 < took.peak for took in spent.values())
    assert list(tmp_path.iterdir()) == []


def test_a_rival_that_loses_users_is_no_rival(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.bench.growth.others.PYTHON", shutil.which("true"))
    with ground_of(tmp_path, 10, "300MB") as small:
        for send in OTHERS.values():
            with pytest.raises(RuntimeError, match="sent 0 users of 10"):
                send(small)
