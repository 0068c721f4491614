"""Jobs that never end, and how often one asks about jobs that take long."""

from __future__ import annotations

from tests.delivery.conftest import MakeWorld
from tests.delivery.world import people
from zdpipe.simulator.settings import Settings


def test_a_job_that_is_at_work_for_an_hour_is_looked_behind_and_sent_again(make_world: MakeWorld) -> None:
    world = make_world(people(250))
    world.simulator.zendesk.script([{"skip": 1, "job": "stuck"}])
    world.deliver()
    world.assert_delivered()
    assert world.tally() == {"created": 250}
    assert 3600 < world.fake.elapsed < 4500


def test_jobs_that_take_long_are_asked_about_less_often(make_world: MakeWorld) -> None:
    world = make_world(people(10), settings=Settings(job_seconds=600))
    world.deliver()
    assert world.tally() == {"created": 10}
    assert world.network.polls < 60
    assert world.fake.elapsed < 640


def test_requests_that_fail_are_no_jobs_that_brought_nothing(make_world: MakeWorld) -> None:
    world = make_world(people(10))
    world.simulator.zendesk.script(
        [{"times": 6, "answer": {"status": 502}}, {"times": 4, "job": "no_results"}, {"job": "failed"}]
    )
    world.deliver()
    assert world.tally() == {"created": 10}
    assert world.batches()[0].attempts > 5
