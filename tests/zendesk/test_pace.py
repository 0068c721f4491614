from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clock import FakeClock
from zdpipe.zendesk.pace import Pace

LIMIT = 100


@dataclass
class Road:
    """Requests one after the other, and when they arrived at the other end."""

    clock: FakeClock = field(default_factory=FakeClock)
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pace = Pace(LIMIT, self.clock)

    def drive(self, users: int, up: float, down: float, answered: bool = True) -> None:
        while wait := self.pace.wait(users):
            self.clock.sleep(wait)
        started = self.clock.monotonic()
        self.starts.append(started)
        self.arrivals.append((started + up, users))
        self.clock.advance(up + down)
        self.pace.sent(users, started, self.clock.monotonic(), answered=answered)

    def fullest_second(self) -> int:
        """Return the most users in any [t, t + 1) that begins with an arrival."""
        # A hair less than a second: adding up floats is not exact.
        return max(
            sum(users for at, users in self.arrivals if begin <= at < begin + 1 - 1e-9)
            for begin, _ in self.arrivals
        )


def ways(floor: float, most: float) -> st.SearchStrategy[float]:
    return st.floats(floor, most) | st.just(floor)


users = st.integers(1, LIMIT)


@given(st.lists(st.tuples(users, ways(0, 3), ways(0, 3)), min_size=1, max_size=8))
def test_before_answers_are_trusted_no_latency_whatever_fills_a_second_over(
    trips: Sequence[tuple[int, float, float]],
) -> None:
    road = Road()
    for count, up, down in trips:
        road.drive(count, up, down)
    assert road.fullest_second() <= LIMIT


@given(
    st.floats(0, 0.5),
    st.floats(0, 0.5),
    st.lists(st.tuples(users, st.floats(0, 3), st.floats(0, 3)), min_size=1, max_size=40),
)
def test_once_a_trip_near_the_fastest_was_seen_jitter_never_fills_a_second_over(
    up: float, down: float, jitter: Sequence[tuple[int, float, float]]
) -> None:
    road = Road()
    for _ in range(4):
        road.drive(LIMIT, up, down + 0.004)
    for count, up_more, down_more in jitter:
        road.drive(count, up + up_more, down + down_more)
    assert road.fullest_second() <= LIMIT


@pytest.mark.parametrize("latency", [0.0, 0.003, 0.05, 0.4, 0.9])
def test_even_latency_costs_next_to_nothing(latency: float) -> None:
    road = Road()
    for _ in range(60):
        road.drive(LIMIT, latency / 2, latency / 2)
    settled = road.starts[10:]
    rate = LIMIT * (len(settled) - 1) / (settled[-1] - settled[0])
    assert 99 <= rate <= 100


def test_two_thousand_users_at_a_hundred_a_second_leave_in_twenty_seconds() -> None:
    road = Road()
    for _ in range(20):
        road.drive(LIMIT, 0.002, 0.003)
    assert 19.0 <= road.starts[-1] - road.starts[0] <= 19.5


def test_small_requests_share_a_second() -> None:
    road = Road()
    for _ in range(11):
        road.drive(10, 0.001, 0.001)
    assert road.starts[9] - road.starts[0] < 0.05
    assert road.starts[10] - road.starts[0] >= 1.0
    assert road.fullest_second() == LIMIT


def test_requests_that_failed_fast_teach_no_speed() -> None:
    road = Road()
    for _ in range(12):
        road.drive(LIMIT, 0.0, 0.0001, answered=False)
    for _ in range(12):
        road.drive(LIMIT, 0.2, 0.2)
    assert road.starts[-1] - road.starts[-2] == pytest.approx(1.005)
