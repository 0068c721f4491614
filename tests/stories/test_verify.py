"""Somebody looks whether Zendesk still has what was sent."""

from __future__ import annotations

import json

import httpx

from tests.stories.world import ADMIN, World


def others_write(world: World, key: str, **user: object) -> None:
    with httpx.Client(base_url=f"{world.url}/api/v2", auth=ADMIN) as http:
        found = http.get("/users/show_many", params={"external_ids": key}).raise_for_status().json()
        http.put(f"/users/{found['users'][0]['id']}", json={"user": user}).raise_for_status()


def test_a_run_is_read_back_and_drift_leaves_with_one(world: World) -> None:
    world.many_customers(120)
    run = world.zdpipe("run", "queries/users.sql", "--format", "json").json
    good = world.zdpipe("verify", run["run_id"])
    assert (good.code, "is there as it was sent" in good.out) == (0, True)
    wait_a_second(world)
    others_write(world, "id-7", user_fields={"city": "Hammerfest"})
    bad = world.zdpipe("verify", "--format", "json")
    assert bad.code == 1
    assert bad.json["counts"] == {
        "people": 120,
        "values": 120 * 6,
        "same": 120 * 6 - 1,
        "later": 0,
        "drift": 1,
        "missed": 0,
        "gone": 0,
        "failed": 0,
        "pending": 0,
        "forgotten": 0,
    }
    (difference,) = bad.json["differences"]
    assert (difference["cause"], difference["field"]) == ("drift", "user_fields.city")
    assert "Hammerfest" not in bad.out + bad.err
    shown = world.zdpipe("verify", run["run_id"], "--show-pii")
    assert '"Oslo" → "Hammerfest"' in shown.out


def wait_a_second(world: World) -> None:
    """Let the account's clock, which counts whole seconds, move on."""
    first = httpx.get(f"{world.url}/simulator/stats").headers["date"]
    while httpx.get(f"{world.url}/simulator/stats").headers["date"] == first:
        pass


def test_runs_without_anything_to_look_at(world: World) -> None:
    world.many_customers(2)
    nothing = world.zdpipe("verify", "--format", "json")
    assert (nothing.code, json.loads(nothing.out)["error"]["code"]) == (2, "no_run")
    unknown = world.zdpipe("verify", "20200101-000000-abcd")
    assert (unknown.code, "There is no run" in unknown.err) == (2, True)
