from __future__ import annotations

import random

import pytest

from tests.clock import FakeClock
from zdpipe.delivery.patience import GIVE_UP_AFTER, LONGEST_OBEYED, Patience
from zdpipe.zendesk.failures import Answer, JobSlotsFull, NotTaken

DOWN = NotTaken("down")


def asking(seconds: float) -> NotTaken:
    return NotTaken("later", Answer(429, "later", retry_after=seconds))


@pytest.fixture
def patience(clock: FakeClock) -> Patience:
    return Patience(clock, random.Random(1))


def test_waits_grow_to_a_minute_and_no_further(patience: Patience) -> None:
    waits = [patience.wait_after(DOWN) for _ in range(12)]
    assert 1 <= waits[0] <= 2
    assert 2 <= waits[1] <= 4
    assert all(30 <= wait <= 60 for wait in waits[6:])


def test_one_success_starts_over(patience: Patience) -> None:
    for _ in range(8):
        patience.wait_after(DOWN)
    patience.succeeded()
    assert patience.wait_after(DOWN) <= 2


@pytest.mark.parametrize(("asked", "given"), [(27.0, 27.0), (600.0, 600.0), (0.0, 1.0), (0.2, 1.0)])
def test_retry_after_is_obeyed_but_never_hot(patience: Patience, asked: float, given: float) -> None:
    assert patience.wait_after(asking(asked)) == given


def test_what_lasts_too_long_is_raised(patience: Patience, clock: FakeClock) -> None:
    patience.wait_after(DOWN)
    clock.advance(GIVE_UP_AFTER)
    patience.wait_after(DOWN)
    clock.advance(1)
    with pytest.raises(NotTaken, match="down"):
        patience.wait_after(DOWN)


def test_full_slots_are_a_short_wait_and_a_sign_of_life(patience: Patience, clock: FakeClock) -> None:
    full = JobSlotsFull("full", Answer(429, "full", retry_after=60))
    for _ in range(1000):
        patience.wait_after(DOWN)
        clock.advance(GIVE_UP_AFTER - 1)
        assert 1 <= patience.wait_after(full) <= 2
        clock.advance(10)


def test_a_wait_of_hours_ends_it_and_says_when_to_come_back(patience: Patience) -> None:
    assert patience.wait_after(asking(LONGEST_OBEYED)) == LONGEST_OBEYED
    with pytest.raises(NotTaken, match="come back in 120 minutes"):
        patience.wait_after(asking(7200))
