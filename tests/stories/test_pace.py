"""The limit is kept and used: as the account itself counts it."""

from __future__ import annotations

import pytest

from tests.stories.conftest import MakeWorld
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
