"""Agents and admins of the account are never written to."""

from __future__ import annotations

import stat
from typing import Any

import pytest

from tests.delivery.unruly import answering
from tests.pipeline.world import QUERY, World
from zdpipe.errors import StateError, ZdpipeError
from zdpipe.pipeline.plan import plan_query

CUSTOMERS = [
    ("c-1", "Customer", "one@example.com", "Oslo"),
    ("c-2", "Agent by id", None, "Oslo"),
    ("c-3", "Agent by address", "Agent@Example.com", "Oslo"),
    ("c-4", "Agent by second address", "second@example.com", "Oslo"),
]
AGENT = {"name": "Agent", "email": "agent@example.com", "external_id": "C-2", "role": "agent"}


def hire(world: World, agent: dict[str, Any] = AGENT) -> int:
    """Make an agent with a second address, and return the id."""
    user_id: int = world.tell("/api/v2/users", {"user": agent})["user"]["id"]
    second = {"identity": {"type": "email", "value": "second@example.com"}}
    world.tell(f"/api/v2/users/{user_id}/identities", second)
    return user_id


def test_rows_of_agents_are_rejected_by_id_and_by_any_address(world: World) -> None:
    agent = hire(world)
    before = world.ask(f"/api/v2/users/{agent}")["user"]
    world.customers(CUSTOMERS)
    run = world.run()
    assert run.counts.created == 1
    assert run.rejections == {"staff_account": 3}
    after = world.ask(f"/api/v2/users/{agent}")["user"]
    assert (after["name"], after["updated_at"]) == ("Agent", before["updated_at"])


def test_a_plan_goes_by_the_last_word_and_asks_only_when_told_to(world: World) -> None:
    hire(world)
    world.customers(CUSTOMERS)
    assert plan_query(world.bench, QUERY).rejections == {}
    assert world.stats["requests"] == 2  # those of hiring
    assert plan_query(world.bench, QUERY, online=True).rejections == {"staff_account": 3}
    requests = world.stats["requests"]
    assert plan_query(world.bench, QUERY).rejections == {"staff_account": 3}
    assert world.stats["requests"] == requests
    (kept,) = (world.folder / ".zdpipe" / "known").glob("*.staff.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_what_the_plan_foretells_comes_true(world: World) -> None:
    hire(world)
    world.customers(CUSTOMERS)
    plan = plan_query(world.bench, QUERY, online=True)
    run = world.run()
    assert (plan.counts.created, plan.rejections) == (run.counts.created, run.rejections)


def test_a_project_may_allow_it(world: World) -> None:
    hire(world)
    settings = world.folder / "zdpipe.toml"
    settings.write_text(settings.read_text() + "\n[identity]\nallow_staff = true\n")
    world.customers(CUSTOMERS)
    run = world.run()
    assert run.rejections == {}
    assert run.counts.updated > 0


def test_many_agents_are_read_page_by_page(world: World) -> None:
    for number in range(120):
        agent = {"name": f"A{number}", "email": f"a{number}@example.com", "role": "agent"}
        world.clock.advance(1)  # the simulator takes a hundred a second, as Zendesk does
        world.tell("/api/v2/users", {"user": agent})
    world.customers([(f"id-{n}", "Name", f"a{n}@example.com", "Oslo") for n in range(0, 130, 10)])
    run = world.run()
    assert run.rejections == {"staff_account": 12}
    assert run.counts.created == 1


def test_a_damaged_list_is_told_with_the_cure(world: World) -> None:
    world.customers(CUSTOMERS)
    world.run()
    (kept,) = (world.folder / ".zdpipe" / "known").glob("*.staff.json")
    kept.write_text('{"emails": 3}')
    with pytest.raises(StateError, match="cannot be read") as caught:
        plan_query(world.bench, QUERY)
    assert "Delete it" in caught.value.hint
    world.run()
    assert plan_query(world.bench, QUERY).rejections == {}


def test_an_account_that_keeps_its_staff_to_itself_stops_the_run_before_anything_is_sent(
    world: World,
) -> None:
    world.customers(CUSTOMERS)
    world.network.on_read[2] = answering(403, {"error": "Forbidden"})
    with pytest.raises(ZdpipeError):
        world.run()
    assert world.stats["writes"] == 0
