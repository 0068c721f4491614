"""The limit is kept and used: as the account itself counts it."""

from __future__ import annotations

import time

import pytest

from tests.stories.conftest import MakeWorld
from tests.stories.world import World, kill
from zdpipe.simulator.settings import Settings


@pytest.mark.alone
def test_no_second_sees_more_than_the_limit_and_few_see_less(make_world: MakeWorld) -> None:
    world = make_world(Settings(job_seconds=1.0), users_per_second=100)
    world.many_customers(1000)
    run = world.zdpipe("run", "queries/users.sql", "--format", "json").json
    stats = world.stats()
    assert run["counts"]["created"] == 1000
    assert stats["refused"] == 0
    assert stats["max_users_in_one_second"] <= 100
    assert stats["sustained_users_per_second"] >= 95
    assert 95 <= run["users_per_second"] <= 100.5


@pytest.mark.alone
def test_two_projects_never_pass_the_limit_of_one_account_together(make_world: MakeWorld) -> None:
    first = make_world(Settings(job_seconds=0.2), users_per_second=100)
    second = World(first.folder.with_name("other"), first.url, 100)
    first.many_customers(2000)
    second.many_customers(300, city="Bergen")
    going = first.start("run", "queries/users.sql")
    refused = 0
    while not first.stats()["users_received"]:
        time.sleep(0.05)  # on a busy machine the second would be there before the first
    while first.stats()["users_received"] < 300:
        # The second is told who writes, and asks again at once.
        refused += second.zdpipe("run", "queries/users.sql").code == 2
    kill(going)
    assert second.zdpipe("run", "queries/users.sql").code == 0
    assert first.zdpipe("resume").code == 0
    stats = first.stats()
    assert refused > 0
    assert stats["users_created"] == 2000
    assert stats["max_users_in_one_second"] <= 100
    assert stats["refused"] == 0
