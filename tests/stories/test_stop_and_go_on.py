"""Stopped at any moment, in any way, a run goes on: nobody is lost, nobody is created twice."""

from __future__ import annotations

import json
import random
import signal
import time
from collections.abc import Callable

import pytest

from tests.stories.conftest import MakeWorld
from tests.stories.world import World, assert_conserved, kill
from zdpipe.simulator.settings import Settings

USERS = 1200


@pytest.fixture
def slow_world(make_world: MakeWorld) -> World:
    settings = Settings(job_seconds=0.4, users_per_second=400, requests_per_minute=100_000)
    world = make_world(settings, users_per_second=400)
    world.many_customers(USERS)
    return world


def wait_until(happened: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def finish(world: World) -> dict[str, object]:
    """Resume until the run is through, as a person would."""
    ended = world.zdpipe("resume", "--format", "json")
    assert ended.code == 0, ended.err + ended.out
    return ended.json


def assert_everybody_arrived_once(world: World, run: dict[str, object]) -> None:
    assert set(world.users()) == {f"id-{number}" for number in range(1, USERS + 1)}
    assert run["outcome"] == "succeeded"
    counts = run["counts"]
    assert isinstance(counts, dict)
    assert_conserved(counts)
    assert counts["created"] == USERS
    again = world.zdpipe("run", "queries/users.sql", "--format", "json").json
    assert again["counts"]["unchanged"] == USERS


def test_control_c_ends_with_130_and_the_command_that_continues(slow_world: World) -> None:
    process = slow_world.start("run", "queries/users.sql")
    wait_until(lambda: slow_world.stats()["users_received"] >= 300)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    run_id = slow_world.zdpipe("runs", "show", "--format", "json").json["run_id"]
    assert f"zdpipe resume {run_id}" in out + err
    shown = slow_world.zdpipe("runs", "show", run_id, "--format", "json").json
    assert shown["outcome"] == "interrupted"
    assert_conserved(shown["counts"])
    assert_everybody_arrived_once(slow_world, finish(slow_world))


@pytest.mark.parametrize("seed", range(6))
def test_killed_at_a_random_moment_it_finishes(slow_world: World, seed: int) -> None:
    dice = random.Random(seed)
    process = slow_world.start("run", "queries/users.sql")
    wait_until(lambda: slow_world.stats()["requests"] >= 1)
    time.sleep(dice.uniform(0.0, 3.0))
    kill(process)
    while dice.random() < 0.5:  # and perhaps the one who goes on is killed, too
        process = slow_world.start("resume")
        time.sleep(dice.uniform(1.0, 3.0))
        kill(process)
    assert_everybody_arrived_once(slow_world, finish(slow_world))


def test_killed_while_planning_it_is_planned_again(slow_world: World) -> None:
    process = slow_world.start("run", "queries/users.sql")
    database = slow_world.folder / ".zdpipe" / "state.sqlite"
    wait_until(lambda: database.exists() and bool(list((slow_world.folder / ".zdpipe/runs").iterdir())))
    kill(process)
    assert_everybody_arrived_once(slow_world, finish(slow_world))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_planning_it_names_the_command_in_one_document(
    slow_world: World, number: signal.Signals
) -> None:
    slow_world.many_customers(400_000)
    process = slow_world.start("run", "queries/users.sql", "--format", "json")
    runs = slow_world.folder / ".zdpipe" / "runs"
    wait_until(lambda: runs.exists() and bool(list(runs.iterdir())))
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    (run,) = slow_world.zdpipe("runs", "list", "--format", "json").json["runs"]
    assert json.loads(out)["error"]["hint"] == f"Continue with: zdpipe resume {run['run_id']}"
    assert run["outcome"] == "interrupted"
    assert slow_world.stats()["writes"] == 0


def test_a_plan_beside_a_run_neither_waits_nor_stops_it(slow_world: World) -> None:
    process = slow_world.start("run", "queries/users.sql", "--format", "json")
    wait_until(lambda: slow_world.stats()["users_received"] >= 300)
    kill(process)
    plans = [slow_world.start("plan", "queries/users.sql", "--format", "json") for _ in range(3)]
    assert_everybody_arrived_once(slow_world, finish(slow_world))
    for plan in plans:
        out, err = plan.communicate(timeout=60)
        assert plan.returncode == 0, err
        assert_conserved(json.loads(out)["counts"])


def test_a_new_run_supersedes_the_stopped_one(slow_world: World) -> None:
    process = slow_world.start("run", "queries/users.sql")
    wait_until(lambda: slow_world.stats()["users_received"] >= 300)
    kill(process)
    run = slow_world.zdpipe("run", "queries/users.sql", "--format", "json").json
    assert_conserved(run["counts"])
    assert run["counts"]["pending"] == 0
    old = slow_world.zdpipe("runs", "list", "--format", "json").json["runs"][1]
    assert old["outcome"] == "superseded"
    assert_conserved(old["counts"])
    assert old["counts"]["pending"] > 0
    assert len(slow_world.users()) == USERS


def test_a_second_run_at_once_is_told_who_is_writing(slow_world: World) -> None:
    slow_world.many_customers(4000)
    process = slow_world.start("run", "queries/users.sql")
    wait_until(lambda: slow_world.stats()["users_received"] >= 100)
    second = slow_world.zdpipe("run", "queries/users.sql", "--format", "json")
    assert second.code == 2
    assert second.json["error"]["code"] == "locked"
    assert str(process.pid) in second.json["error"]["message"]
    going = slow_world.zdpipe("runs", "show", "--format", "json").json
    assert going["outcome"] == "running"
    assert going["finished_at"] is None
    assert_conserved(going["counts"])
    assert slow_world.zdpipe("runs", "rejects").code == 0
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err


def test_resume_of_a_finished_run_shows_it_again(world: World) -> None:
    world.many_customers(3)
    first = world.zdpipe("run", "queries/users.sql", "--format", "json").json
    again = world.zdpipe("resume", "--format", "json")
    assert again.code == 0
    assert again.json["run_id"] == first["run_id"]


def test_resume_without_any_run_says_so(world: World) -> None:
    ended = world.zdpipe("resume", "--format", "json")
    assert ended.code == 2
    assert ended.json["error"]["code"] == "no_run"


def test_credentials_that_stop_working_leave_everything_to_be_continued(slow_world: World) -> None:
    process = slow_world.start("run", "queries/users.sql")
    wait_until(lambda: slow_world.stats()["users_received"] >= 300)
    kill(process)
    refused = slow_world.zdpipe("resume", "--format", "json", env={"ZENDESK_API_TOKEN": "expired"})
    assert refused.code == 4
    assert refused.json["outcome"] == "failed"
    assert "zdpipe resume" in refused.json["error"]["hint"]
    assert_everybody_arrived_once(slow_world, finish(slow_world))
