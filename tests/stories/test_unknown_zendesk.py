"""Where nobody knows what Zendesk does, the story must come out right whatever it does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.conftest import MakeWorld
from tests.stories.test_first_and_second_run import CUSTOMERS, RUN
from tests.stories.world import assert_conserved
from zdpipe.simulator.settings import Settings

SWITCHES = [
    {"id_and_email_of_two_people": "link"},
    {"id_and_email_of_two_people": "fail"},
    {"unknown_custom_field": "ignore"},
    {"unknown_custom_field": "fail"},
    {"one_person_twice_in_a_batch": "merge"},
    {"one_person_twice_in_a_batch": "fail"},
]


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: "-".join(*switch.items()))
def test_the_main_job_comes_out_the_same(make_world: MakeWorld, switch: dict[str, Any]) -> None:
    settings = Settings(job_seconds=0.0, users_per_second=5000, requests_per_minute=100_000, **switch)
    world = make_world(settings)
    world.customers(CUSTOMERS)
    run = world.zdpipe(*RUN).json
    assert_conserved(run["counts"])
    assert run["counts"]["failed"] == 0
    assert set(world.users()) == {"a1", "b2", "c3", "dora@example.com", "f6"}
    again = world.zdpipe(*RUN).json
    assert again["counts"]["unchanged"] == 6


def test_a_customer_zendesk_refuses_is_reported_and_tried_again(make_world: MakeWorld) -> None:
    settings = Settings(
        job_seconds=0.0, users_per_second=5000, requests_per_minute=100_000, unknown_custom_field="fail"
    )
    world = make_world(settings)
    world.write(
        "queries/users.sql",
        'SELECT amperity_id AS external_id, name AS name, city AS "user_fields.nonesuch" FROM Customer_360',
    )
    world.customers([("A", "Ada", None, None, "Oslo"), ("B", "Bob")])
    for _ in range(2):
        ended = world.zdpipe("run", "queries/users.sql", "--format", "json")
        assert ended.code == 1
        assert ended.json["outcome"] == "partial"
        assert ended.json["counts"]["failed"] == 1
        assert sum(ended.json["failures"].values()) == 1
    assert set(world.users()) == {"b"}
