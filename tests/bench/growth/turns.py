"""Cases one after the other, as often as it takes to be sure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf, isfinite

from tests.bench.growth.ground import Ground
from tests.bench.growth.others import OTHERS, PATIENCE
from tests.bench.growth.ours import CASES
from tests.bench.growth.process import Overtime, Spent, best_of
from tests.bench.growth.results import Result, Results

Case = Callable[[Ground], Spent]
# Up to so many rows the best of several rounds counts; more rows take long enough to be sure of the first.
SEVERAL_UP_TO, SEVERAL = 100_000, 3


def measure(ground: Ground, results: Results) -> None:
    """Add every case at one size to the results."""
    rounds = SEVERAL if ground.rows <= SEVERAL_UP_TO else 1
    for case, spent in in_turns(ground, CASES, rounds).items():
        results.add(Result(case, ground.rows, spent))
    for case, send in OTHERS.items():
        results.add(patiently(ground, case, send, rounds, by_pace(results, case, ground.rows)))


def in_turns(ground: Ground, cases: Mapping[str, Case], rounds: int) -> dict[str, Spent]:
    """Return the best of each case; they take turns, so that a busy machine hurts all of them."""
    taken: dict[str, list[Spent]] = {case: [] for case in cases}
    for _ in range(rounds):
        for case, do in cases.items():
            taken[case].append(do(ground))
    return {case: best_of(spent) for case, spent in taken.items()}


def patiently(ground: Ground, case: str, send: Case, rounds: int, pace: float | None) -> Result:
    """Measure a rival, unless it would take longer than anybody waits for."""
    if pace is not None and pace > PATIENCE:
        return Result(case, ground.rows, None, pace if isfinite(pace) else None)
    try:
        spent = in_turns(ground, {case: send}, rounds)[case]
    except Overtime:
        return Result(case, ground.rows, None)
    return Result(case, ground.rows, spent)


def by_pace(results: Results, case: str, rows: int) -> float | None:
    """Return the seconds a case takes if it keeps its pace at the next smaller size.

    None if there is no smaller size; infinity if it was too slow there to have a pace.
    """
    smaller = results.smaller(rows)
    if smaller is None:
        return None
    (less,) = (result for result in results.sizes[smaller] if result.case == case)
    seconds = less.spent.seconds if less.spent is not None else less.by_pace
    return inf if seconds is None else seconds * rows / smaller
