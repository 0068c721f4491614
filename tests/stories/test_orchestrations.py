"""Nights of an orchestration, through the real command: killed, superseded, resumed, still going, refused."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.alerts.receiver import receiving
from tests.stories.conftest import MakeWorld
from tests.stories.world import Ended, World, assert_conserved, kill
from zdpipe.simulator.settings import Settings

USERS = 1200
NAME = "nightly"
HALVES = {"queries/a.sql": "ltv < 80", "queries/b.sql": "ltv >= 80"}
ORCHESTRATION = f"""
[orchestrations.{NAME}]
queries = ["queries/a.sql", "queries/b.sql"]
schedule = "* * * * *"
timezone = "Europe/Oslo"
"""


@pytest.fixture
def slow_world(make_world: MakeWorld) -> World:
    settings = Settings(job_seconds=0.4, users_per_second=400, requests_per_minute=100_000)
    world = make_world(settings, users_per_second=400)
    return orchestrated(world)


def orchestrated(world: World, more: str = "", users: int = USERS) -> World:
    """Give the project two queries with a half of the customers each."""
    world.many_customers(users)
    for query, half in HALVES.items():
        world.write(
            query,
            "SELECT amperity_id AS external_id, name AS name, email AS email,"
            f' city AS "user_fields.city" FROM Customer_360 WHERE {half}',
        )
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write(f"{ORCHESTRATION}{more}")
    return world


def run(world: World, *words: str) -> Ended:
    return world.zdpipe("orchestrations", "run", NAME, "--format", "json", *words)


def start(world: World, *words: str) -> subprocess.Popen[str]:
    return world.start("orchestrations", "run", NAME, *words)


def listed(world: World) -> dict[str, Any]:
    (one,) = world.zdpipe("orchestrations", "list", "--format", "json").json["orchestrations"]
    return dict(one)


def wait_until(happened: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def assert_everybody_arrived_once(world: World) -> None:
    assert set(world.users()) == {f"id-{number}" for number in range(1, USERS + 1)}
    assert world.stats()["users_created"] == USERS


@pytest.mark.parametrize(("received", "words"), [(200, ("--due",)), (900, ())])
def test_killed_in_the_middle_the_next_time_supersedes_it_and_completes(
    slow_world: World, received: int, words: tuple[str, ...]
) -> None:
    process = start(slow_world, *words)
    wait_until(lambda: slow_world.stats()["users_received"] >= received)
    kill(process)
    assert listed(slow_world)["last"]["outcome"] == "interrupted"
    ended = when_due(slow_world) if words else run(slow_world)
    assert ended.code == 0, ended.err + ended.out
    assert ended.json["outcome"] == "succeeded"
    assert_everybody_arrived_once(slow_world)
    runs = slow_world.zdpipe("runs", "list", "--format", "json").json["runs"]
    assert [one["outcome"] for one in runs].count("superseded") == 1
    for one in runs:
        assert_conserved(one["counts"])
    assert all(one["counts"]["pending"] == 0 for one in ended.json["runs"])
    assert listed(slow_world)["last"]["outcome"] == "succeeded"


def when_due(world: World) -> Ended:
    """Look every second, as a scheduler might, until a time of the schedule comes."""
    for _ in range(90):
        ended = run(world, "--due")
        if ended.code or ended.json["outcome"] != "not_due":
            return ended
        time.sleep(1)
    raise AssertionError("it was never due")


def test_stopped_it_is_resumed_where_it_was(slow_world: World) -> None:
    process = start(slow_world, "--format", "json")
    wait_until(lambda: slow_world.stats()["users_received"] >= 200)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    stopped = json.loads(out)
    assert stopped["outcome"] == "interrupted"
    command = shlex.split(stopped["error"]["hint"].split("with: ")[-1])
    assert command == ["zdpipe", "orchestrations", "run", NAME, "--resume"]
    ended = slow_world.zdpipe(*command[1:], "--format", "json")
    assert ended.code == 0, ended.err
    assert ended.json["resumes"] == 1
    assert [one["resumes"] for one in ended.json["runs"]] == [1, 0]
    assert ended.json["runs"][0]["run_id"] == stopped["runs"][0]["run_id"]
    assert_everybody_arrived_once(slow_world)


def test_one_that_is_still_going_when_the_next_is_due_is_told_and_not_doubled(slow_world: World) -> None:
    slow_world.many_customers(40_000)  # longer than a minute, for which this waits
    process = start(slow_world)
    wait_until(lambda: slow_world.stats()["users_received"] >= 100)
    minute = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    wait_until(lambda: datetime.now(UTC) > minute, 70)
    second = run(slow_world, "--due")
    assert second.code == 2, second.out
    error = second.json["error"]
    assert error["code"] == "still_going"
    assert f"process {process.pid}" in error["message"]
    assert listed(slow_world)["skipped"]["due_at"] is not None
    assert listed(slow_world)["last"]["outcome"] == "running"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "passed over" in out
    assert listed(slow_world)["last"]["overlapped"] >= 1


def test_a_guard_refuses_one_query_the_other_goes_on_and_it_is_allowed_once(world: World) -> None:
    orchestrated(world, 'on_failure = "continue"\n', users=600)
    assert run(world).code == 0
    world.many_customers(600, city="Rome")
    refused = run(world)
    assert (refused.code, refused.json["outcome"]) == (1, "failed")
    assert [one["error"]["code"] for one in refused.json["runs"]] == ["guard", "guard"]
    command = shlex.split(refused.json["error"]["hint"].split(" with: ")[1])
    assert command == ["zdpipe", "orchestrations", "run", NAME, "--resume", "--allow", "updated"]
    allowed = world.zdpipe(*command[1:])
    assert allowed.code == 0, allowed.err
    assert {user["user_fields"]["city"] for user in world.users().values()} == {"Rome"}


def test_an_action_on_a_run_of_the_last_night_goes_on_with_all_of_it(world: World) -> None:
    orchestrated(world, users=600)
    assert run(world).code == 0
    world.many_customers(600, city="Rome")
    refused = run(world)
    first = refused.json["runs"][0]["run_id"]
    assert [one["run_id"] for one in refused.json["queries"]] == [first, None]
    shown = world.zdpipe("runs", "show", first, "--format", "json").json
    commands = {action["name"]: action["command"] for action in shown["actions"]}
    assert commands["allow"] == f"zdpipe orchestrations run {NAME} --resume --allow updated"
    acted = world.zdpipe("runs", "act", first, "--action", "allow", "--format", "json")
    assert acted.code == 0, acted.err
    assert [one["outcome"] for one in acted.json["queries"]] == ["succeeded", "succeeded"]
    assert {user["user_fields"]["city"] for user in world.users().values()} == {"Rome"}


def test_channels_hear_of_every_query_and_of_all_together_what_no_query_tells(world: World) -> None:
    orchestrated(world, 'on_failure = "continue"\n', users=600)
    with receiving() as ops:
        world.environment["OPS"] = ops.address
        with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
            file.write('\n[alerts]\nchannels = { ops = "env:OPS" }\n')
        wrong = {"ZENDESK_API_TOKEN": "wr0ng"}
        command = ("orchestrations", "run", NAME, "--format", "json")
        refused = world.zdpipe(*command, env=wrong)
        assert refused.code == 2
        assert [one["error"]["code"] for one in refused.json["queries"]] == ["unauthorized"] * 2
        told = [
            f"zdpipe: {query} → zendesk failed: Zendesk does not accept the credentials." for query in HALVES
        ]
        assert ops.titles == told
        assert f"zdpipe orchestrations run {NAME}" in ops.last
        assert run(world).code == 0
        assert ops.titles[2:] == [f"zdpipe: {query} → zendesk is fine again" for query in HALVES]
        (world.folder / "queries" / "b.sql").unlink()
        assert run(world).code == 2
        (title,) = ops.titles[4:]
        assert title.startswith(f"zdpipe: orchestration {NAME} → zendesk failed: ")
        assert "b.sql" in ops.last
        known = world.zdpipe("alerts", "list", "--format", "json").json["states"]
        assert [(one["query"], one["orchestration"]) for one in known] == [(None, NAME)]


def test_a_draft_is_sent_as_a_sample_only(world: World) -> None:
    orchestrated(world, users=600)
    path = world.folder / "queries" / "b.sql"
    path.write_text(f"-- zdpipe: draft=yes\n{path.read_text()}")
    refused = run(world)
    assert (refused.code, refused.json["error"]["code"]) == (2, "draft")
    alone = world.zdpipe("run", "queries/b.sql", "--format", "json")
    assert (alone.code, alone.json["error"]["code"]) == (2, "draft")
    assert world.stats()["writes"] == 0
    sample = world.zdpipe("run", "queries/b.sql", "--sample", "5")
    assert sample.code == 0, sample.err
    assert len(world.users()) == 5
    assert world.zdpipe("lint", "queries/b.sql").code == 0
