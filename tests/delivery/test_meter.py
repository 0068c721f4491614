from __future__ import annotations

from tests.delivery.conftest import MakeWorld
from tests.delivery.world import people
from zdpipe.model.run import Effort


def test_news_is_told_once_and_adds_up(make_world: MakeWorld) -> None:
    world = make_world(people(10))
    with world.sitting() as courier:
        meter = courier.meter
        assert meter.news() == Effort()
        meter.sends(100, 100, 0.0)
        world.fake.advance(2)
        meter.sends(50, 100, 0.0)
        assert meter.news() == Effort(0, 2.5, 2.0)
        assert meter.news() == Effort()


def test_a_rest_by_intention_is_no_time_of_sending(make_world: MakeWorld) -> None:
    world = make_world(people(10))
    with world.sitting() as courier:
        meter = courier.meter
        meter.sends(50, 100, 0.0)
        meter.rests()
        world.fake.advance(20)
        assert meter.news() == Effort(0, 0.5, 20.0)
        meter.sends(100, 100, 0.0)
        assert meter.news() == Effort(0, 1.0, 0.0)


def test_users_that_leave_in_a_moment_count_from_then(make_world: MakeWorld) -> None:
    world = make_world(people(10))
    with world.sitting() as courier:
        meter = courier.meter
        meter.sends(100, 100, 0.0)
        world.fake.advance(0.75)
        meter.sends(100, 100, 0.25)
        assert meter.news() == Effort(0, 2.0, 0.75)
