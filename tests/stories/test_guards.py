"""Before the first user is sent: guards, sealed plans and samples, as people meet them."""

from __future__ import annotations

import shlex
from typing import Any

from tests.stories.world import World, assert_conserved

RUN = ("run", "queries/users.sql", "--format", "json")


def test_a_source_that_broke_over_night_reaches_nobody_until_somebody_says_so(world: World) -> None:
    world.many_customers(100)
    world.zdpipe(*RUN)
    before = world.stats()
    world.many_customers(100, city="Rome")
    plan = world.zdpipe("plan", "queries/users.sql")
    assert plan.code == 0
    assert "updated  100 of 100 known customers would change (100%, the limit is 50%)" in plan.out
    for more in ((), ("--yes",)):
        refused = world.zdpipe(*RUN, *more)
        assert refused.code == 1
        assert (refused.json["outcome"], refused.json["error"]["code"]) == ("failed", "guard")
        assert refused.json["counts"]["pending"] == 100
        assert_conserved(refused.json["counts"])
    assert world.stats()["writes"] == before["writes"]
    command = shlex.split(refused.json["error"]["hint"].split(" with: ")[1])
    assert command == ["zdpipe", "run", "queries/users.sql", "--allow", "updated"]
    allowed = world.zdpipe(*command[1:])
    assert allowed.code == 0, allowed.err
    assert {user["user_fields"]["city"] for user in world.users().values()} == {"Rome"}
    rulings = {guard["name"]: guard["verdict"] for guard in newest(world)["guards"]}
    assert rulings["updated"] == "allowed"


def newest(world: World) -> dict[str, Any]:
    run: dict[str, Any] = world.zdpipe("runs", "show", "--format", "json").json
    return run


def test_a_refusal_names_the_destination_that_was_asked_for(world: World) -> None:
    settings = (world.folder / "zdpipe.toml").read_text(encoding="utf-8")
    world.write("zdpipe.toml", settings.replace('destination = "zendesk"', 'destination = "other"'))
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write('\n[destinations.other]\nkind = "simulator"\n')
    world.customers([])
    refused = world.zdpipe("run", "queries/users.sql", "--to", "zendesk", "--full")
    assert refused.code == 1
    assert "zdpipe run queries/users.sql --to zendesk --full --allow empty" in refused.out
    assert newest(world)["error"]["code"] == "guard"


def test_a_sealed_plan_is_sent_exactly_or_not_at_all(world: World) -> None:
    world.many_customers(30)
    sealed = world.zdpipe("plan", "queries/users.sql", "--seal", "plan.seal", "--format", "json")
    assert sealed.code == 0, sealed.err
    assert (world.folder / "plan.seal").stat().st_mode & 0o777 == 0o600
    world.many_customers(31)
    broken = world.zdpipe(*RUN, "--plan", "plan.seal")
    assert (broken.code, broken.json["error"]["code"]) == (2, "seal_broken")
    assert "the source changed" in broken.json["error"]["message"]
    assert world.stats()["writes"] == 0
    world.many_customers(30)
    sent = world.zdpipe(*RUN, "--plan", "plan.seal")
    assert sent.code == 0, sent.err
    assert sent.json["counts"] == sealed.json["counts"]


def test_a_sample_comes_first_and_everybody_else_later(world: World) -> None:
    world.many_customers(50)
    sample = world.zdpipe(*RUN, "--sample", "10").json
    assert_conserved(sample["counts"])
    assert (sample["sample"], sample["counts"]["created"], len(world.users())) == (10, 10, 10)
    assert world.zdpipe(*RUN).json["counts"]["created"] == 40
