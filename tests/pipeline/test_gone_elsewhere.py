"""People who left one query, and whom another query of the project has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.leaving import act, people, seen, user
from tests.pipeline.world import QUERY, World
from zdpipe.pipeline.adopt import adopt_query
from zdpipe.state.known_users import lookup

OTHER = Path("queries/other.sql")
OTHERS = """
SELECT 'id-' || n AS external_id, 'Customer ' || n AS name, 'c' || n || '@example.com' AS email,
  'Rome' AS "{field}"
FROM range(10) AS more(n) WHERE n IN {numbers}
"""


def also_in(world: World, *numbers: int, field: str = "user_fields.tier") -> None:
    """Let another query have some of the customers, with a field of its own."""
    world.write(OTHER, OTHERS.format(field=field, numbers=(*numbers, -1)))


@pytest.fixture
def shared(world: World) -> World:
    """Both queries sent the third customer, who has left the first."""
    world.create_field(key="tier", type="text", title="Tier")
    world.customers(people(1, 2, 3))
    world.run()
    also_in(world, 2, 3)
    world.run(OTHER)
    world.customers(people(1, 2))
    return world


@pytest.mark.parametrize("action", ["suspend", "delete"])
def test_nobody_is_suspended_or_deleted_while_another_query_has_them(shared: World, action: str) -> None:
    act(shared, action)
    assert shared.run().farewells.gone == {"in_another_query": 1}
    assert seen(shared, 3)["suspended"] is False
    assert shared.run().gone == 0
    also_in(shared, 2)
    assert shared.run(OTHER).farewells.gone == {"done": 1}
    third = user(shared, 3)
    assert third is None if action == "delete" else third is not None and third["suspended"]


def test_only_fields_that_nobody_else_feeds_are_emptied(shared: World) -> None:
    act(shared, "blank")
    assert shared.run().farewells.gone == {"done": 1}
    fields = seen(shared, 3)["user_fields"]
    assert (fields["city"], fields["tier"]) == (None, "Rome")
    assert shared.run(OTHER).counts.unchanged == 2


def test_a_field_that_both_feed_stays(world: World) -> None:
    world.customers(people(1, 2, 3, city="Rome"))
    act(world, "blank")
    world.run()
    also_in(world, 2, 3, field="user_fields.city")
    assert world.run(OTHER).counts.unchanged == 2
    world.customers(people(1, 2, city="Rome"))
    assert world.run().farewells.gone == {"in_another_query": 1}
    assert seen(world, 3)["user_fields"]["city"] == "Rome"
    also_in(world, 2, field="user_fields.city")
    assert world.run(OTHER).farewells.gone == {"done": 1}
    assert seen(world, 3)["user_fields"]["city"] is None


def test_whom_another_query_has_unchanged_is_not_deleted(world: World) -> None:
    act(world, "delete")
    world.customers(people(1, 2, 3, city="Rome"))
    world.run()
    also_in(world, 2, 3, field="user_fields.city")
    assert world.run(OTHER).counts.unchanged == 2
    world.customers(people(1, 2, city="Rome"))
    assert world.run().farewells.gone == {"in_another_query": 1}
    assert user(world, 3) is not None


def test_a_query_whose_file_is_gone_has_nobody(shared: World) -> None:
    act(shared, "delete")
    (shared.folder / OTHER).unlink()
    assert shared.run().farewells.gone == {"done": 1}


def test_a_tag_is_about_one_query(shared: World) -> None:
    act(shared, "tag", tag="gone")
    assert shared.run().farewells.gone == {"done": 1}
    assert shared.run(OTHER).farewells.returned == {}
    assert seen(shared, 3)["tags"] == ["gone"]
    also_in(shared, 2)
    assert shared.run(OTHER).farewells.gone == {"already": 1}
    shared.customers(people(1, 2, 3))
    assert shared.run().farewells.returned == {"in_another_query": 1}
    assert seen(shared, 3)["tags"] == ["gone"]
    also_in(shared, 2, 3)
    assert shared.run(OTHER).farewells.returned == {"done": 1}
    assert seen(shared, 3)["tags"] == []


def test_a_suspension_is_lifted_in_whichever_query_they_are_back(world: World) -> None:
    act(world, "suspend")
    world.customers(people(1, 2, 3))
    world.run()
    world.customers(people(1, 2))
    world.run()
    assert seen(world, 3)["suspended"] is True
    also_in(world, 3, field="user_fields.city")
    assert world.run(OTHER).farewells.returned == {"done": 1}
    assert seen(world, 3)["suspended"] is False


def test_whoever_comes_back_with_an_external_id_is_the_same_person(world: World) -> None:
    act(world, "tag", tag="gone")
    world.customers([*people(1), (None, "Zoe", "zoe@example.com", "Oslo")])
    world.run()
    world.customers(people(1))
    assert world.run().farewells.gone == {"done": 1}
    world.customers([*people(1), ("id-9", "Zoe", "zoe@example.com", "Oslo")])
    assert world.run().farewells.returned == {"done": 1}
    assert seen(world, 9)["tags"] == []
    assert world.run().farewells.returned == {}


def test_what_an_account_held_before_is_never_emptied(world: World) -> None:
    """The value was adopted, and is nobody's but the account's."""
    named = {"external_id": "id-3", "name": "Customer 3", "email": "c3@example.com"}
    third = {**named, "user_fields": {"city": "Oslo"}}
    world.tell("/api/v2/users", {"user": third})
    world.customers(people(1, 2, 3))
    adopt_query(world.bench, QUERY)
    act(world, "blank")
    world.run()
    world.customers(people(1, 2))
    assert world.run().farewells.gone == {"already": 1}
    assert seen(world, 3)["user_fields"]["city"] == "Oslo"


def test_whoever_got_an_external_id_is_no_other_person(world: World) -> None:
    """One user is known under an address first, under an external_id later, and has another address since."""
    act(world, "delete")
    world.customers([*people(1), (None, "Zoe", "zoe@example.com", "Oslo")])
    world.run()
    world.customers([*people(1), ("id-9", "Zoe", "zoe@example.com", "Oslo")])
    world.run()
    world.customers([*people(1), ("id-9", "Zoe", "zoe@new.example", "Oslo")])
    assert world.run().gone == 0
    assert user(world, 9) is not None
    world.customers(people(1))
    assert world.run().farewells.gone == {"done": 1}
    known = world.folder / ".zdpipe" / "known" / "127.0.0.1_8977.duckdb"
    assert [lookup(known, key, world.clock) for key in ("id-9", "zoe@example.com")] == [None, None]
