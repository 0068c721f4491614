"""People and their users, however they are found."""

from __future__ import annotations

import pytest

from tests.pipeline.world import World
from zdpipe.errors import ZdpipeError
from zdpipe.pipeline.account import open_account
from zdpipe.pipeline.users import Sought, UserReader


def found(world: World, *people: Sought) -> tuple[list[str | None], int]:
    """Return the users' names in the order of the people, and the requests it took."""
    destination = world.bench.destination(None)
    with open_account(world.bench, destination) as client:
        read = list(UserReader(world.bench, client, destination).read(people))
        assert [person for person, _ in read] == list(people)
        return [user and user.properties["name"] for _, user in read], client.requests


def tell(world: World, **user: str) -> int:
    world.clock.advance(1)
    return int(world.tell("/api/v2/users", {"user": {"skip_verify_email": True} | user})["user"]["id"])


def test_people_are_found_by_id_then_by_external_id_then_by_address(world: World) -> None:
    first = tell(world, name="One", external_id="K1", email="one@example.com")
    tell(world, name="Two", external_id="K2", email="two@example.com")
    tell(world, name="Three", email="three@example.com")
    people = (
        Sought("three@example.com", email="three@example.com"),
        Sought("k1", zendesk_id=first),
        Sought("k2", zendesk_id=first, external_id="k2"),
        Sought("k9", zendesk_id=99, external_id="k9", email="nobody@example.com"),
    )
    assert found(world, *people) == (["Three", "One", "Two", None], 4)


def test_a_hundred_ids_take_one_request(world: World) -> None:
    ids = [tell(world, name=f"N{n}", external_id=f"k{n}") for n in range(150)]
    names, requests = found(world, *(Sought(f"k{n}", zendesk_id=id_) for n, id_ in enumerate(ids)))
    assert (names, requests) == ([f"N{n}" for n in range(150)], 2)
    assert found(world, *(Sought(f"k{n}", external_id=f"k{n}") for n in range(150)))[1] == 2


def test_an_id_that_means_somebody_else_by_now_finds_nobody(world: World) -> None:
    other = tell(world, name="Other", external_id="other")
    assert found(world, Sought("k1", zendesk_id=other)) == ([None], 1)


def test_nobody_to_look_for_takes_no_request(world: World) -> None:
    assert found(world) == ([], 0)
    assert found(world, Sought("k1")) == ([None], 0)


def test_a_refusal_is_raised_with_its_cure(world: World) -> None:
    world.environment["TOKEN"] = "wrong"
    with pytest.raises(ZdpipeError) as caught:
        found(world, Sought("k1", external_id="k1"))
    assert caught.value.hint
