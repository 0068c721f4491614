"""Requests refused whole."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from tests.delivery.conftest import MakeWorld
from tests.delivery.unruly import Handle, PowerCut, Trouble, answering, cut_power_before, lose_answer
from tests.delivery.world import World, address, people
from zdpipe.zendesk.failures import Refused

INVALID = {
    "error": "RecordInvalid",
    "description": "Record validation errors",
    "details": {"email": [{"description": "Email: p7@ is not properly formatted"}]},
}


def refusing(is_bad: Callable[[str], bool], status: int = 422, body: object = INVALID) -> Trouble:
    """Refuse a request when any of its users is bad."""

    def trouble(request: httpx.Request, handle: Handle) -> httpx.Response:
        users = json.loads(request.read())["users"]
        if any(is_bad(user["external_id"]) for user in users):
            return answering(status, body)(request, handle)
        return handle(request)

    return trouble


def always(world: World, trouble: Trouble) -> None:
    world.network.on_write = dict.fromkeys(range(1, 2_000), trouble)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_the_bad_rows_of_a_refused_request_stand_alone_and_everybody_else_arrives(
    make_world: MakeWorld, status: int
) -> None:
    world = make_world(people(250))
    bad = {"id-7", "id-8", "id-100", "id-230"}
    always(world, refusing(bad.__contains__, status))
    world.deliver()
    assert world.tally() == {"created": 246, "failed": 4}
    assert {world.items[place[0] * 100 - 100 + place[1]].external_id for place in failed(world)} == bad
    assert {user["external_id"] for user in world.users()} == {f"id-{n}" for n in range(1, 251)} - bad
    assert set(world.states()) == {"settled"}
    assert world.stats()["max_users_in_one_second"] <= 100


def failed(world: World) -> list[tuple[int, int]]:
    return [place for place, result in world.results().items() if result.status.value == "failed"]


def test_the_bad_row_fails_with_zendesks_words_and_their_reason(make_world: MakeWorld) -> None:
    world = make_world(people(20))
    always(world, refusing("id-7".__eq__))
    world.deliver()
    assert world.reasons() == {"invalid_email": 1}
    assert "p7@ is not properly formatted" in (world.results()[1, 6].details or "")


def test_words_that_name_no_known_reason_leave_it_at_refused(make_world: MakeWorld) -> None:
    world = make_world(people(3))
    always(world, refusing("id-2".__eq__, 413, "Too large"))
    world.deliver()
    assert world.reasons() == {"refused": 1}


def test_a_refusal_once_costs_nobody_anything(make_world: MakeWorld) -> None:
    world = make_world(people(100))
    world.network.on_write[1] = answering(400, "Bad request")
    world.deliver()
    world.assert_delivered()
    assert [len(users) for users in world.network.writes] == [100, 50, 50]


@pytest.mark.parametrize("write", range(1, 12))
def test_a_process_that_ends_while_it_splits_goes_on_where_it_was(make_world: MakeWorld, write: int) -> None:
    world = make_world(people(60))
    always(world, refusing("id-7".__eq__))
    world.network.on_write[write] = cut_power_before
    with pytest.raises(PowerCut):
        world.deliver()
    world.fake.advance(120)
    world.deliver()
    assert world.tally() == {"created": 59, "failed": 1}


def test_further_addresses_wait_for_every_part_of_their_persons_batch(make_world: MakeWorld) -> None:
    leads = people(40)
    more = [address(leads[n], 2, n, f"second{n}@example.com") for n in range(40)]
    world = make_world([*leads, *more])
    always(world, refusing("id-7".__eq__))
    world.deliver()
    assert world.tally() == {"created": 39, "updated": 39, "failed": 2}
    assert world.reasons() == {"invalid_email": 1, "lead_failed": 1}
    first_address = next(n for n, users in enumerate(world.network.writes) if "second" in users[0]["email"])
    leading = [user["external_id"] for users in world.network.writes[:first_address] for user in users]
    assert {f"id-{n}" for n in range(1, 41)} <= set(leading)


def test_an_account_that_refuses_everything_stops_the_run(make_world: MakeWorld) -> None:
    world = make_world(people(400))
    always(world, answering(400, "This API is gone"))
    with pytest.raises(Refused, match="This API is gone"):
        world.deliver()
    assert world.tally() == {"failed": 100}, "the first hundred stood alone and were refused each"
    assert "ready" in world.states()


def test_who_arrived_by_a_lost_sending_is_not_failed_by_a_later_refusal(make_world: MakeWorld) -> None:
    world = make_world(people(10))
    always(world, refusing("id-7".__eq__))
    world.network.on_write[1] = lose_answer
    world.deliver()
    assert world.tally() == {"created": 10}
    world.assert_delivered()
