"""Users in doubt that are known by an address alone, and results that say nothing."""

from __future__ import annotations

import json
import random

import pytest

from tests.delivery.conftest import MakeWorld
from tests.delivery.unruly import Trouble, answering, change_jobs
from tests.delivery.world import people
from zdpipe.model.batch import OutboxItem, Sending
from zdpipe.model.progress import LIMITS
from zdpipe.simulator.settings import Settings


def by_address(count: int) -> list[OutboxItem]:
    """Return people without an external_id: each is a look-up of its own."""
    return [
        OutboxItem(
            1,
            n,
            n,
            f"p{n}@example.com",
            None,
            Sending.CREATE,
            json.dumps({"name": f"Person {n}", "email": f"p{n}@example.com"}),
        )
        for n in range(count)
    ]


class Flaky(dict[int, Trouble]):
    """Every so many reads fail."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self._dice = random.Random(1)
        self._share = share

    def get(self, number: int, default: Trouble | None = None) -> Trouble | None:  # type: ignore[override]
        return answering(503) if number > 2 and self._dice.random() < self._share else default


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_a_look_up_that_fails_repeats_no_other(make_world: MakeWorld, share: float) -> None:
    world = make_world(by_address(60))
    world.simulator.zendesk.script([{"job": "no_results"}])
    world.network.on_read = Flaky(share)
    world.deliver()
    assert world.tally() == {"created": 60}
    assert world.network.reads < 60 / (1 - share) * 1.5


def test_long_waits_for_look_ups_are_told_and_polls_go_on(make_world: MakeWorld) -> None:
    others = people(100, start=1000)
    second = [OutboxItem(2, n, n, i.key, i.external_id, i.sending, i.payload) for n, i in enumerate(others)]
    world = make_world([*by_address(30), *second], settings=Settings(requests_per_minute=10))
    world.simulator.zendesk.script([{"job": "no_results"}])
    world.deliver()
    assert world.tally() == {"created": 130}
    told = sum(seconds for why, seconds in world.log.waits if why == LIMITS)
    # The rest are waits of a few seconds, and those for polls.
    assert told > world.fake.elapsed / 2
    assert world.stats()["refused"] == 0


def test_results_that_say_nothing_send_nobody_to_the_wrong_column(make_world: MakeWorld) -> None:
    world = make_world(people(3))
    odd = change_jobs(status="completed", results=[{"id": "abc", "status": "Created"}] * 3)
    world.network.on_poll = dict.fromkeys(range(1, 4), odd)
    world.deliver()
    world.assert_delivered()
    assert world.tally() == {"created": 3}
    assert len(world.network.writes) == 1


def test_jobs_that_are_not_found_are_looked_behind(make_world: MakeWorld) -> None:
    world = make_world(people(3))
    missing = answering(404, {"error": "RecordNotFound", "description": "Not found"})
    world.network.on_poll = dict.fromkeys(range(1, 10), missing)
    world.deliver()
    assert world.tally() == {"created": 3}


def test_a_503_after_the_work_was_queued_counts_nobody_wrongly(make_world: MakeWorld) -> None:
    world = make_world(people(100))
    world.simulator.zendesk.script([{"answer": {"status": 503, "when": "after"}}])
    world.deliver()
    world.assert_delivered()
    assert world.tally() == {"created": 100}
