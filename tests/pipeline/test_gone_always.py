"""Whatever happens to the data: exactly those who left are acted on, once, and others are never touched."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.delivery.unruly import PowerCut, answering, cut_power_after, forget_jobs, lose_answer, lose_request
from tests.pipeline.leaving import act, seen, user
from tests.pipeline.world import World
from zdpipe.model.run import RunReport

EVERYBODY = range(1, 6)
AGENTS_OWN = "written by an agent"
TROUBLES = (None, lose_answer, lose_request, answering(503), answering(429, Retry_After="2"))

# Each night: who is in the query, in which city, and what goes wrong at the first deed.
Night = tuple[dict[int, str], int, bool]
nights = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(EVERYBODY), st.sampled_from(("Oslo", "Rome")), min_size=1),
        st.integers(0, len(TROUBLES) - 1),
        st.booleans(),
    ),
    min_size=2,
    max_size=5,
)


class Account:
    """What the account should show: who was created by us, and what was done to whom."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.had: set[int] = set()
        self.treated: set[int] = set()

    def night(self, present: set[int]) -> set[int]:
        """Return who leaves, and note who is back."""
        leaving = self.had - present
        self.had = present
        self.treated = (self.treated - present) | leaving
        return leaving


def fill(world: World, cities: dict[int, str]) -> None:
    world.customers([(f"id-{n}", f"Customer {n}", f"c{n}@example.com", city) for n, city in cities.items()])


def run_night(world: World, cities: dict[int, str], trouble: int, loses_jobs: bool) -> RunReport:
    fill(world, cities)
    chosen = TROUBLES[trouble]
    world.network.on_deed = {world.network.deeds + 1: chosen} if chosen else {}
    first = world.network.polls + 1
    world.network.on_poll = dict.fromkeys(range(first, first + 3), forget_jobs) if loses_jobs else {}
    run: RunReport = world.run()
    return run


def check(world: World, account: Account, cities: dict[int, str]) -> None:
    for number in EVERYBODY:
        found = user(world, number)
        if number in cities:
            assert found is not None
            assert state_of(found) == (cities[number], False, [])
        elif number in account.treated:
            check_treated(account.action, found)


def state_of(found: dict[str, Any]) -> tuple[str | None, bool, list[str]]:
    return found["user_fields"]["city"], found["suspended"], found["tags"]


def check_treated(action: str, found: dict[str, Any] | None) -> None:
    if action == "delete":
        assert found is None
        return
    assert found is not None
    city, suspended, tags = state_of(found)
    assert (city is None) == (action == "blank")
    assert suspended == (action == "suspend")
    assert ("gone" in tags) == (action == "tag")


@pytest.mark.parametrize("action", ["blank", "tag", "suspend", "delete"])
@pytest.mark.histories
@settings(max_examples=18, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(nights=nights)
def test_exactly_those_who_left_are_acted_on(action: str, nights: list[Night]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        project.mkdir()
        with closing(World(project)) as world:
            act(world, action, tag="gone")
            stranger = {"external_id": "x-1", "name": "Stranger", "notes": AGENTS_OWN, "tags": ["vip"]}
            world.tell("/api/v2/users", {"user": stranger})
            account = Account(action)
            for cities, trouble, loses_jobs in nights:
                leaving = account.night(set(cities))
                run = run_night(world, cities, trouble, loses_jobs)
                run.counts.check_conservation()
                assert run.gone == run.farewells.people == len(leaving)
                assert run.farewells.gone == ({"done": len(leaving)} if leaving else {})
                check(world, account, cities)
            again = world.run()
            assert (again.gone, again.counts.unchanged) == (0, len(nights[-1][0]))
            (other,) = world.ask("/api/v2/users/show_many?external_ids=x-1")["users"]
            assert (other["notes"], other["tags"], other["suspended"]) == (AGENTS_OWN, ["vip"], False)


@pytest.mark.parametrize("action", ["tag", "delete"])
@pytest.mark.histories
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(nights=nights, stops=st.lists(st.booleans(), min_size=5, max_size=5))
def test_so_they_are_when_processes_die_and_other_runs_take_over(
    action: str, nights: list[Night], stops: list[bool]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        project.mkdir()
        with closing(World(project)) as world:
            act(world, action, tag="gone")
            account = Account(action)
            for (cities, _, _), dies in zip(nights, stops, strict=False):
                leaving = account.night(set(cities))
                if dies and leaving:
                    world.network.on_deed = {world.network.deeds + 1: cut_power_after}
                    fill(world, cities)
                    with pytest.raises(PowerCut):
                        world.run()
                    world.network.on_deed = {}
                run_night(world, cities, 0, loses_jobs=False)
                check(world, account, cities)
            assert world.run().gone == 0
            for number in nights[-1][0]:
                assert seen(world, number)["suspended"] is False
