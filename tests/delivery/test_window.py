from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdpipe.delivery.window import MOST_JOBS, Window


def in_flight_at_most(window: Window, age: float, users: int = 100) -> int:
    """Return how many jobs of that age may be in flight."""
    jobs = 0
    while window.has_room([age] * jobs, jobs * users):
        jobs += 1
    return jobs


@pytest.mark.parametrize(("seconds", "jobs"), [(0.0, 2), (1.0, 4), (5.0, 12), (10.0, 22), (60.0, MOST_JOBS)])
def test_the_window_is_what_the_jobs_duration_needs(seconds: float, jobs: int) -> None:
    window = Window(100, 100)
    window.ended(seconds)
    assert in_flight_at_most(window, 0.0) == jobs


def test_jobs_that_become_slow_widen_it_before_the_first_of_them_ends() -> None:
    window = Window(100, 100)
    for _ in range(20):
        window.ended(0.5)
    assert in_flight_at_most(window, 0.5) == 3
    assert in_flight_at_most(window, 10.0) == 22


def test_one_slow_job_does_not_set_the_measure() -> None:
    window = Window(100, 100)
    for seconds in [1.0] * 10 + [300.0]:
        window.ended(seconds)
    assert in_flight_at_most(window, 0.0) == 4


def test_small_batches_fit_in_larger_numbers() -> None:
    window = Window(100, 100)
    assert in_flight_at_most(window, 0.0, users=10) == 20


def test_taken_slots_shrink_it_and_jobs_that_are_taken_let_it_grow_again() -> None:
    window = Window(10_000, 100)
    window.ended(60.0)
    assert in_flight_at_most(window, 1.0) == MOST_JOBS
    window.full(5)
    assert in_flight_at_most(window, 1.0) == 5
    window.taken()
    assert in_flight_at_most(window, 1.0) == 6
    for _ in range(100):
        window.taken()
    assert in_flight_at_most(window, 1.0) == MOST_JOBS


@given(st.lists(st.sampled_from(["full", "taken", "ended"])), st.integers(1, 5000), st.floats(0, 1e5))
def test_one_job_may_always_be_in_flight_and_never_more_than_thirty(
    events: list[str], pace: int, seconds: float
) -> None:
    window = Window(pace, min(pace, 100))
    for event in events:
        if event == "full":
            window.full(0)
        elif event == "taken":
            window.taken()
        else:
            window.ended(seconds)
    assert window.has_room([], 0)
    assert not window.has_room([seconds] * MOST_JOBS, 1)
