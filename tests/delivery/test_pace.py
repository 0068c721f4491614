"""The pace of sending as the account measures it."""

from __future__ import annotations

import random
from time import perf_counter

import pytest

from tests.delivery.conftest import MakeWorld
from tests.delivery.world import people
from zdpipe.clock import SystemClock
from zdpipe.simulator.settings import Settings


def test_two_thousand_users_leave_in_twenty_seconds(make_world: MakeWorld) -> None:
    world = make_world(people(2000))
    with world.sitting() as courier:
        courier.deliver()
        assert 19.5 <= world.sending_seconds() <= 20.5
        assert courier.users_sent == 2000
    stats = world.stats()
    assert stats["refused"] == 0
    assert stats["max_users_in_one_second"] == 100
    assert stats["sustained_users_per_second"] >= 99


@pytest.mark.parametrize("latency", [0.05, 0.3])
def test_a_slow_network_costs_no_pace(make_world: MakeWorld, latency: float) -> None:
    world = make_world(people(3000))
    world.network.up = world.network.down = latency / 2
    world.deliver()
    stats = world.stats()
    assert stats["max_users_in_one_second"] == 100
    assert stats["sustained_users_per_second"] >= 90


def test_an_uneven_network_fills_no_second_over(make_world: MakeWorld) -> None:
    world = make_world(people(2000, size=50))
    dice = random.Random(7)

    def change_weather(_: object) -> None:
        world.network.up = 0.01 + dice.choice([0, 0, 0.002, 0.4])
        world.network.down = 0.01 + dice.choice([0, 0, 0.002, 0.4])

    world.network.on_request = change_weather
    world.deliver()
    stats = world.stats()
    assert stats["max_users_in_one_second"] <= 100
    assert stats["refused"] == 0


@pytest.mark.alone
def test_the_real_clock_keeps_the_pace(make_world: MakeWorld) -> None:
    clock = SystemClock()
    world = make_world(people(500), clock)
    began = perf_counter()
    world.deliver()
    assert perf_counter() - began < 10
    stats = world.stats()
    assert stats["users_created"] == 500
    assert stats["refused"] == 0
    assert stats["max_users_in_one_second"] <= 100
    assert stats["sustained_users_per_second"] >= 95


def test_the_smallest_plan_is_slow_but_right(make_world: MakeWorld) -> None:
    world = make_world(people(2000), settings=Settings(requests_per_minute=10, job_seconds=5))
    world.deliver()
    assert world.tally() == {"created": 2000}
    stats = world.stats()
    assert stats["users_created"] == 2000
    assert stats["refused"] == 0
    # 20 writes and their polls, of which a third of the requests may be.
    assert 60 < world.fake.elapsed < 300
    assert "the account's limits" in {why for why, _ in world.log.waits}


@pytest.mark.parametrize("job_seconds", [0.0, 1.0, 10.0, 25.0])
def test_the_pace_is_kept_however_long_jobs_take(make_world: MakeWorld, job_seconds: float) -> None:
    world = make_world(people(6000), settings=Settings(job_seconds=job_seconds, requests_per_minute=200))
    world.deliver()
    stats = world.stats()
    assert stats["sustained_users_per_second"] >= 99
    assert stats["refused"] == 0


def test_no_more_job_slots_are_taken_than_the_pace_needs(make_world: MakeWorld) -> None:
    world = make_world(people(3000), settings=Settings(job_seconds=3))
    most = 0

    def count(_: object) -> None:
        nonlocal most
        most = max(most, world.stats()["jobs_in_flight"])

    world.network.on_request = count
    world.deliver()
    assert 3 <= most <= 8
