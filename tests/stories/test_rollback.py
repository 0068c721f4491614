"""An account that has its people already is adopted, written to, and put back: through the command line."""

from __future__ import annotations

from typing import Any

import httpx

from tests.stories.world import ADMIN, World


def tell(world: World, **user: Any) -> None:
    body = {"user": {"skip_verify_email": True} | user}
    httpx.post(f"{world.url}/api/v2/users", auth=ADMIN, json=body).raise_for_status()


def cities(world: World) -> dict[str, Any]:
    users = httpx.get(f"{world.url}/api/v2/users?role=end-user", auth=ADMIN).json()["users"]
    return {user["external_id"]: user["user_fields"]["city"] for user in users}


def test_adopted_written_and_taken_back(world: World) -> None:
    for number in (1, 2):
        fields = {"city": "Oslo", "state": "WA", "lifetime_value": 12.5}
        tell(
            world,
            name=f"C {number}",
            external_id=f"k{number}",
            email=f"c{number}@example.com",
            user_fields=fields,
        )
    world.customers(
        [
            (f"k{n}", f"C {n}", f"c{n}@example.com", None, "Rome" if n == 2 else "Oslo", "WA", 12.5)
            for n in (1, 2, 3)
        ]
    )
    adopted = world.zdpipe("adopt", "queries/users.sql", "--format", "json").json
    assert (adopted["counts"]["adopted"], adopted["counts"]["not_found"]) == (2, 1)
    assert adopted["fields"] == {"user_fields.city": 1}
    assert "2 customers adopted" in world.zdpipe("adopt", "queries/users.sql").out
    plan = world.zdpipe("plan", "queries/users.sql", "--format", "json").json
    assert {name: plan["counts"][name] for name in ("unchanged", "updated", "created")} == {
        "unchanged": 1, "updated": 1, "created": 1,
    }  # fmt: skip
    run = world.zdpipe("run", "queries/users.sql", "--remember", "--format", "json").json
    assert cities(world) == {"k1": "Oslo", "k2": "Rome", "k3": "Oslo"}
    dry = world.zdpipe("rollback", run["run_id"], "--dry-run", "--format", "json")
    assert (dry.code, dry.json["fields"], dry.json["not_restorable"]) == (
        0,
        {"user_fields.city": 1},
        {"created": 1},
    )
    assert cities(world)["k2"] == "Rome"
    done = world.zdpipe("rollback", run["run_id"])
    assert done.code == 0
    assert "put back  1 field of 1 customer" in done.out
    assert cities(world) == {"k1": "Oslo", "k2": "Oslo", "k3": "Oslo"}
    assert "(rollback)" in world.zdpipe("runs", "list").out
    assert world.zdpipe("rollback", run["run_id"], "--format", "json").json["run"] is None
    verified = world.zdpipe("verify", run["run_id"], "--format", "json")
    assert (verified.code, verified.json["counts"]["later"], verified.json["counts"]["drift"]) == (0, 1, 0)
    told = world.zdpipe("explain", "k2")
    assert told.code == 0
    assert f"took run {run['run_id']} back" in told.out
    again = world.zdpipe("plan", "queries/users.sql", "--format", "json").json
    assert again["updates"]["user_fields.city"] == 1
    world.assert_no_secrets()
