"""Several items are worked on at once, and come out in their order."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from zdpipe.ahead import work_ahead


def test_results_come_in_the_order_of_the_items_whoever_is_ready_first() -> None:
    def slow_at_first(item: int) -> int:
        time.sleep(0.02 if item == 0 else 0)
        return item * 10

    assert list(work_ahead(range(5), slow_at_first, 3)) == [0, 10, 20, 30, 40]


def test_two_are_worked_on_at_a_time() -> None:
    both = threading.Barrier(2, timeout=10)  # raises unless two wait at once
    assert list(work_ahead(range(4), lambda _: both.wait() >= 0, 2)) == [True] * 4


def test_no_more_items_are_taken_than_are_worked_on_and_one() -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(10):
            taken.append(number)
            yield number

    results = work_ahead(items(), lambda number: number, 2)
    assert next(results) == 0
    assert taken == [0, 1, 2]
    results.close()
    assert taken == [0, 1, 2]


def test_what_goes_wrong_is_raised_at_its_place() -> None:
    def refuse_two(item: int) -> int:
        if item == 2:
            raise ValueError(item)
        return item

    results = work_ahead(range(5), refuse_two, 2)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="2"):
        next(results)
