"""People who leave a query, and come back, and what is done to them."""

from __future__ import annotations

import pytest

from tests.pipeline.leaving import act, people, seen, user
from tests.pipeline.world import QUERY, SQL, World
from zdpipe.model.guard import Guard
from zdpipe.model.run import Outcome


@pytest.fixture
def left(world: World) -> World:
    """Three customers were sent, and the third has left."""
    world.customers(people(1, 2, 3))
    world.run()
    world.customers(people(1, 2))
    return world


def test_by_default_they_are_reported_and_nothing_else(left: World) -> None:
    act(left, "report")
    run = left.run()
    assert run.gone == 1
    assert "gone_actions" not in run.as_json()
    assert left.run().gone == 1
    assert seen(left, 3)["user_fields"]["city"] == "Oslo"


def test_our_fields_are_emptied_once(left: World) -> None:
    act(left, "blank")
    run = left.run()
    assert run.as_json()["gone_actions"] == {
        "action": "blank",
        "people": 1,
        "outcomes": {"done": 1},
        "returned": {},
    }
    assert run.outcome is Outcome.SUCCEEDED
    third = seen(left, 3)
    assert third["user_fields"]["city"] is None
    assert (third["name"], third["email"]) == ("Customer 3", "c3@example.com")
    again = left.run()
    assert (again.gone, again.farewells.people) == (0, 0)


def test_what_others_changed_stays(left: World) -> None:
    act(left, "blank")
    third = seen(left, 3)
    left.act("PUT", f"/api/v2/users/{third['id']}", {"user": {"user_fields": {"city": "Bergen"}}})
    assert left.run().farewells.gone == {"changed_by_others": 1}
    assert seen(left, 3)["user_fields"]["city"] == "Bergen"
    assert left.run().gone == 0


def test_values_come_back_with_the_customer(left: World) -> None:
    act(left, "blank")
    left.run()
    left.customers(people(1, 2, 3))
    assert left.run().counts.updated == 1
    assert seen(left, 3)["user_fields"]["city"] == "Oslo"
    left.customers(people(1, 2))
    assert left.run().farewells.gone == {"done": 1}


def test_a_tag_is_added_to_those_of_others_and_taken_away_again(left: World) -> None:
    act(left, "tag", tag="gone")
    third = seen(left, 3)
    left.act("PUT", f"/api/v2/users/{third['id']}", {"user": {"tags": ["vip"]}})
    assert left.run().farewells.gone == {"done": 1}
    assert seen(left, 3)["tags"] == ["gone", "vip"]
    assert left.run().gone == 0
    left.customers(people(1, 2, 3))
    back = left.run()
    assert (back.counts.updated, back.farewells.returned) == (1, {"done": 1})
    assert seen(left, 3)["tags"] == ["vip"]
    assert left.run().counts.unchanged == 3


def test_a_tag_of_others_stays_when_the_customer_is_back(left: World) -> None:
    act(left, "tag", tag="gone")
    left.act("PUT", f"/api/v2/users/{seen(left, 3)['id']}", {"user": {"tags": ["gone"]}})
    assert left.run().farewells.gone == {"already": 1}
    left.customers(people(1, 2, 3))
    back = left.run()
    assert (back.counts.unchanged, back.farewells.returned) == (3, {})
    assert seen(left, 3)["tags"] == ["gone"]


def test_a_suspension_is_lifted_when_the_customer_is_back(left: World) -> None:
    act(left, "suspend")
    assert left.run().farewells.gone == {"done": 1}
    assert seen(left, 3)["suspended"] is True
    left.customers(people(1, 2, 3))
    back = left.run()
    assert (back.counts.updated, back.farewells.returned) == (1, {"done": 1})
    assert seen(left, 3)["suspended"] is False
    assert left.run().counts.unchanged == 3


def test_what_the_query_says_of_who_is_back_counts(world: World) -> None:
    world.write(QUERY, SQL.replace(" FROM", ", city = 'Cell' AS suspended, 'away, gold' AS tags FROM"))
    world.customers(people(1, 2))
    act(world, "suspend")
    allowed = "\n[fields.suspended]\nallow = true\n\n[fields.tags]\nallow = true\n"
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write(allowed)
    world.run()
    world.customers(people(1))
    world.run()
    assert seen(world, 2)["suspended"]
    world.customers([*people(1), *people(2, city="Cell")])
    assert world.run().farewells.returned == {"by_the_query": 1}
    assert seen(world, 2)["suspended"]
    act(world, "tag", tag="away")
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write(allowed)
    world.customers(people(1))
    world.run()
    world.customers([*people(1), *people(2, city="Cell")])
    world.run()
    assert seen(world, 2)["tags"] == ["away", "gold"]
    assert world.run().counts.unchanged == 2


def test_whom_others_suspended_stays_suspended(left: World) -> None:
    act(left, "suspend")
    left.act("PUT", f"/api/v2/users/{seen(left, 3)['id']}", {"user": {"suspended": True}})
    assert left.run().farewells.gone == {"already": 1}
    left.customers(people(1, 2, 3))
    left.run()
    assert seen(left, 3)["suspended"] is True


def test_a_deleted_customer_is_created_anew(left: World) -> None:
    act(left, "delete")
    before = seen(left, 3)["id"]
    assert left.run().farewells.gone == {"done": 1}
    assert user(left, 3) is None
    assert left.run().gone == 0
    left.customers(people(1, 2, 3))
    assert left.run().counts.created == 1
    assert seen(left, 3)["id"] != before
    left.customers(people(1, 2))
    assert left.run().farewells.gone == {"done": 1}


@pytest.mark.parametrize("action", ["suspend", "delete"])
def test_whom_zdpipe_did_not_create_is_kept(world: World, action: str) -> None:
    third = {"external_id": "id-3", "name": "Customer 3", "email": "c3@example.com"}
    world.tell("/api/v2/users", {"user": third})
    world.customers(people(1, 2, 3))
    world.run()
    world.customers(people(1, 2))
    act(world, action)
    assert world.run().farewells.gone == {"not_created_by_us": 1}
    assert seen(world, 3)["suspended"] is False
    assert world.run().gone == 0


@pytest.mark.parametrize("action", ["blank", "tag", "suspend", "delete"])
def test_staff_are_never_touched(left: World, action: str) -> None:
    act(left, action, tag="gone")
    left.act("PUT", f"/api/v2/users/{seen(left, 3)['id']}", {"user": {"role": "agent"}})
    assert left.run().farewells.gone == {"staff": 1}
    third = seen(left, 3)
    assert (third["tags"], third["suspended"], third["user_fields"]["city"]) == ([], False, "Oslo")


@pytest.mark.parametrize("action", ["blank", "tag", "suspend", "delete"])
def test_whom_the_account_has_no_more_is_a_stranger(left: World, action: str) -> None:
    act(left, action, tag="gone")
    left.act("DELETE", f"/api/v2/users/{seen(left, 3)['id']}")
    assert left.run().farewells.gone == {"not_in_account": 1}
    left.customers(people(1, 2, 3))
    assert left.run().counts.created == 1


@pytest.mark.parametrize("action", ["blank", "tag", "suspend", "delete"])
def test_a_guard_stands_before_every_action(world: World, action: str) -> None:
    world.many(150)
    world.run()
    world.many(148)
    act(world, action, tag="gone")
    text = (world.folder / "zdpipe.toml").read_text(encoding="utf-8")
    world.write("zdpipe.toml", text.replace("gone = 100", "gone = 1"))
    refused = world.run()
    assert refused.was_refused
    assert "2 of 150 customers of the query are gone and would be acted on" in refused.stop.message
    assert f"zdpipe run {QUERY} --allow gone" in refused.stop.hint
    assert (refused.gone, refused.farewells.gone) == (2, {})
    assert world.run(allow=Guard.GONE).farewells.gone == {"done": 2}
    assert not world.run().was_refused


def test_a_hundred_people_are_the_most_whatever_their_share(world: World) -> None:
    world.many(250)
    world.run()
    world.many(149)
    act(world, "tag", tag="gone")
    refused = world.run()
    assert "101 of 250" in refused.stop.message
    assert "the limit is 100%, or 100 customers" in refused.stop.message
    assert world.run(allow=Guard.GONE).farewells.gone == {"done": 101}
