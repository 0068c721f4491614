from __future__ import annotations

import threading
from datetime import UTC
from time import perf_counter

import pytest

from tests.clock import FakeClock
from zdpipe.clock import Clock, SystemClock
from zdpipe.errors import Interrupted


def test_the_system_clock_tells_utc_and_never_runs_backwards() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    first = clock.monotonic()
    assert clock.monotonic() >= first


def test_sleeping_takes_the_time_it_says() -> None:
    started = perf_counter()
    SystemClock().sleep(0.02)
    assert 0.015 <= perf_counter() - started < 1.0


def test_a_stop_set_before_ends_even_a_sleep_of_no_time() -> None:
    clock = SystemClock()
    clock.sleep(0)
    clock.stop.set()
    with pytest.raises(Interrupted):
        clock.sleep(0)


def test_a_stop_ends_a_long_sleep_at_once() -> None:
    clock = SystemClock(threading.Event())
    timer = threading.Timer(0.02, clock.stop.set)
    timer.start()
    started = perf_counter()
    with pytest.raises(Interrupted):
        clock.sleep(30)
    assert perf_counter() - started < 5
    timer.join()


def test_a_negative_sleep_is_no_sleep() -> None:
    SystemClock().sleep(-1)


def test_the_fake_clock_moves_both_times_by_sleeping_and_the_wall_clock_alone_by_setting() -> None:
    clock: Clock = FakeClock()
    assert isinstance(clock, FakeClock)
    now, monotonic = clock.now(), clock.monotonic()
    clock.sleep(2.5)
    assert ((clock.now() - now).total_seconds(), clock.monotonic() - monotonic) == (2.5, 2.5)
    clock.set_back(60)
    assert ((clock.now() - now).total_seconds(), clock.monotonic() - monotonic) == (-57.5, 2.5)
