"""Customers who leave a query, as a support operations lead meets them."""

from __future__ import annotations

import shlex

from tests.stories.world import World, assert_conserved

RUN = ("run", "queries/users.sql", "--format", "json")


def configure(world: World, text: str) -> None:
    path = world.folder / "zdpipe.toml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_who_left_is_suspended_once_and_let_in_again(world: World) -> None:
    world.many_customers(300)
    assert world.zdpipe(*RUN).code == 0
    configure(world, '\n[gone]\naction = "suspend"\n')
    world.many_customers(298)
    plan = world.zdpipe("plan", "queries/users.sql")
    assert "to be suspended  2 customers" in plan.out
    run = world.zdpipe(*RUN)
    assert run.code == 0, run.err
    assert run.json["gone_actions"]["outcomes"] == {"done": 2}
    assert_conserved(run.json["counts"])
    suspended = {key for key, user in world.users().items() if user["suspended"]}
    assert suspended == {"id-299", "id-300"}
    assert "Customers who are gone, to be suspended" in world.zdpipe("runs", "show").out
    world.many_customers(300)
    back = world.zdpipe(*RUN).json
    assert (back["counts"]["updated"], back["gone_actions"]["returned"]) == (2, {"done": 2})
    assert not any(user["suspended"] for user in world.users().values())


def test_more_than_a_few_are_deleted_only_when_somebody_says_so(world: World) -> None:
    world.many_customers(300)
    world.zdpipe(*RUN)
    configure(world, '\n[gone]\naction = "delete"\n')
    world.many_customers(290)
    refused = world.zdpipe(*RUN)
    assert refused.code == 1
    assert (
        "10 of 300 customers of the query are gone and would be acted on" in refused.json["error"]["message"]
    )
    assert len(world.users()) == 300
    command = shlex.split(refused.json["error"]["hint"].split(" with: ")[1])
    assert command == ["zdpipe", "run", "queries/users.sql", "--allow", "gone"]
    assert world.zdpipe(*command[1:]).code == 0
    assert len(world.users()) == 290


def test_a_tag_needs_its_name(world: World) -> None:
    configure(world, '\n[gone]\naction = "tag"\n')
    world.many_customers(3)
    refused = world.zdpipe("run", "queries/users.sql")
    assert refused.code == 2
    assert "there is no tag" in refused.err
