"""Somebody fails: who and why is told, the cause is mended, and a retry sends them alone."""

from __future__ import annotations

import json

import httpx

from tests.stories.conftest import MakeWorld
from tests.stories.world import ADMIN, World, assert_conserved
from zdpipe.simulator.settings import Settings

COUNT = 250
STRICT = Settings(
    job_seconds=0.0, users_per_second=5000, requests_per_minute=100_000, id_and_email_of_two_people="fail"
)


def customers(world: World, taken: str, *, leave_out: str = "") -> None:
    """Give two customers addresses, of which somebody else in the account has one."""
    rows = [(f"id-{n}", f"Customer {n}", f"c{n}@example.com", None, "Oslo") for n in range(COUNT)]
    rows[17] = ("id-17", "Jane Doe", taken, None, "Oslo")
    rows[230] = ("id-230", "Joe Public", "c17@taken.example", None, "Oslo")
    world.customers([row for row in rows if row[0] != leave_out])


def take_addresses(world: World) -> None:
    """Let other users have the addresses in Zendesk, under ids of their own."""
    users = [
        {"name": "Somebody else", "email": email, "external_id": f"legacy-{number}"}
        for number, email in enumerate(("jane@taken.example", "c17@taken.example"))
    ]
    url = f"{world.url}/api/v2/users/create_or_update_many"
    httpx.post(url, json={"users": users}, auth=ADMIN).raise_for_status()


def test_who_failed_is_told_mended_and_sent_again_alone(make_world: MakeWorld) -> None:
    world = make_world(STRICT)
    take_addresses(world)
    customers(world, "jane@taken.example")

    ended = world.zdpipe("run", "queries/users.sql")
    assert ended.code == 1, ended.err
    assert "j***@t***.example is already being used by another user" in ended.out
    assert "jane@taken.example" not in ended.out + ended.err
    run_id = world.zdpipe("runs", "show", "--format", "json").json["run_id"]
    for command in (f"zdpipe runs failures {run_id}", f"zdpipe retry {run_id}"):
        assert f"\n    {command}\n" in ended.out

    listed = world.zdpipe(
        "runs", "failures", run_id, "--format", "ndjson", "--show-pii", "--out", "failed.csv"
    )
    failed = [json.loads(line) for line in listed.out.splitlines()]
    assert [(one["key"], one["reason"], one["row"]) for one in failed] == [
        ("id-17", "email_taken", 18),
        ("id-230", "email_taken", 231),
    ]
    assert failed[0]["payload"]["email"] == "jane@taken.example"
    assert (world.folder / "failed.csv").stat().st_mode & 0o777 == 0o600

    customers(world, "jane@example.com", leave_out="id-230")
    before = world.stats()
    ended = world.zdpipe("retry", run_id, "--format", "json")
    assert ended.code == 0, ended.err
    retried = ended.json
    assert (retried["retries"], retried["retried"]) == (run_id, {"people": 2, "no_longer_in_query": 1})
    assert (retried["outcome"], retried["counts"]["read"], retried["counts"]["created"]) == (
        "succeeded",
        1,
        1,
    )
    assert_conserved(retried["counts"])
    after = world.stats()
    assert after["users_created"] - before["users_created"] == 1
    assert after["users_updated"] == before["users_updated"]
    assert world.users()["id-17"]["email"] == "jane@example.com"

    again = world.zdpipe("retry", run_id, "--format", "json").json
    assert (again["counts"]["unchanged"], again["counts"]["read"]) == (1, 1)
    ended = world.zdpipe("run", "queries/users.sql", "--format", "json")
    assert (ended.code, ended.json["counts"]["unchanged"]) == (0, COUNT - 1)
