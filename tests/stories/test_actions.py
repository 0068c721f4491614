"""What somebody does about a run that failed, stopped or was refused: looks, chooses, and is through."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from typing import Any

import httpx
import pytest

from tests.stories.conftest import MakeWorld
from tests.stories.world import World, assert_conserved, kill
from zdpipe.simulator.settings import Settings

RUN = ("run", "queries/users.sql", "--format", "json")
WRONG = {"ZENDESK_API_TOKEN": "not-any-more"}


def shown(world: World, *words: str) -> dict[str, Any]:
    run: dict[str, Any] = world.zdpipe("runs", "show", *words, "--format", "json").json
    return run


def act(world: World, action: str, *words: str, env: dict[str, str] | None = None) -> Any:
    return world.zdpipe("runs", "act", "--action", action, *words, "--format", "json", env=env)


def actions(run: dict[str, Any]) -> dict[str, str]:
    return {action["name"]: action["command"] for action in run["actions"]}


def faults(world: World, *faults: dict[str, Any]) -> None:
    httpx.post(f"{world.url}/simulator/faults", json={"faults": list(faults)}).raise_for_status()


def everybody(count: int) -> set[str]:
    return {f"id-{number}" for number in range(1, count + 1)}


def test_credentials_refused_at_night_are_mended_tested_and_the_run_is_begun_anew(world: World) -> None:
    world.many_customers(30)
    night = world.zdpipe(*RUN, env=WRONG)
    assert (night.code, night.json["error"]["code"]) == (2, "unauthorized")
    run = shown(world)
    assert (run["outcome"], run["error"]["code"]) == ("failed", "unauthorized")
    assert run["cause"]["sentence"] == "Zendesk does not accept the credentials."
    assert actions(run) == {"check": "zdpipe check zendesk", "again": "zdpipe run queries/users.sql"}
    text = world.zdpipe("runs", "show").out
    assert "Cause: Zendesk does not accept the credentials." in text
    assert "    zdpipe check zendesk\n" in text
    still = act(world, "check", env=WRONG)
    assert (still.code, still.json["ok"]) == (2, False)
    assert 'zdpipe.toml:9: api_token = "env:ZENDESK_API_TOKEN"' in still.err
    tested = act(world, "check")
    assert (tested.code, tested.json["ok"]) == (0, True)
    assert "Then: zdpipe run queries/users.sql" in tested.err
    done = act(world, "again")
    assert (done.code, done.json["outcome"], done.json["counts"]["created"]) == (0, "succeeded", 30)
    assert (done.json["cause"], done.json["actions"]) == (None, [])
    assert set(world.users()) == everybody(30)


def test_credentials_taken_back_in_the_middle_are_mended_and_the_run_goes_on(world: World) -> None:
    world.many_customers(250)
    faults(world, {"on": "write", "skip": 1, "answer": {"status": 401}})
    night = world.zdpipe(*RUN)
    assert (night.code, night.json["cause"]["code"]) == (4, "unauthorized")
    run_id = night.json["run_id"]
    assert list(actions(night.json)) == ["check", "resume", "again", "close"]
    faults(world)
    assert act(world, "check", run_id).code == 0
    done = act(world, "resume", run_id)
    assert (done.code, done.json["run_id"], done.json["counts"]["created"]) == (0, run_id, 250)
    assert set(world.users()) == everybody(250)


def test_a_guard_refuses_is_allowed_once_and_refuses_again_the_next_time(world: World) -> None:
    world.many_customers(40)
    world.zdpipe(*RUN)
    world.many_customers(40, city="Rome")
    refused = world.zdpipe(*RUN)
    assert (refused.code, refused.json["cause"]["code"]) == (1, "guard")
    assert "because 40 of 40 known customers would change" in refused.json["cause"]["sentence"]
    assert actions(refused.json)["allow"] == "zdpipe run queries/users.sql --allow updated"
    told = act(world, "raise")
    assert told.code == 0
    assert told.json["thresholds"] == [
        {"key": "guards.updated", "place": "zdpipe.toml", "is_set": False, "now": "50", "needed": "100"}
    ]
    done = act(world, "allow")
    assert (done.code, done.json["counts"]["updated"]) == (0, 40)
    world.many_customers(40, city="Oslo")
    assert world.zdpipe(*RUN).code == 1


def test_a_refused_sealed_plan_is_let_pass_as_it_was_sealed(world: World) -> None:
    world.many_customers(40)
    world.zdpipe(*RUN)
    world.many_customers(40, city="Rome")
    world.zdpipe("plan", "queries/users.sql", "--seal", "plan.seal")
    refused = world.zdpipe(*RUN, "--plan", "plan.seal")
    run_id = refused.json["run_id"]
    assert actions(refused.json)["allow"] == f"zdpipe runs act {run_id} --action allow"
    (world.folder / "plan.seal").unlink()
    world.many_customers(40, city="Bern")
    broken = act(world, "allow", run_id)
    assert (broken.code, broken.json["error"]["code"]) == (2, "seal_broken")
    world.many_customers(40, city="Rome")
    assert act(world, "allow", run_id).json["counts"]["updated"] == 40


def test_what_is_left_of_a_stopped_run_is_skipped_and_sent_by_the_next(world: World) -> None:
    world.many_customers(250)
    faults(world, {"on": "write", "skip": 1, "answer": {"status": 401}})
    stopped = world.zdpipe(*RUN).json
    faults(world)
    closed = act(world, "close")
    assert closed.code == 0
    assert (closed.json["outcome"], closed.json["closed"]) == ("superseded", True)
    assert_conserved(closed.json["counts"])
    assert closed.json["counts"]["pending"] == stopped["counts"]["pending"] == 150
    assert world.zdpipe("resume", "--format", "json").json["outcome"] == "superseded"
    assert "was closed before it was through" in world.zdpipe("runs", "show").out
    following = world.zdpipe(*RUN)
    assert following.json["counts"]["created"] == 150
    assert set(world.users()) == everybody(250)


def test_customers_who_failed_are_retried(world: World) -> None:
    world.many_customers(10)
    faults(world, {"on": "write", "items": {"where": {"external_id": "^id-[12]$"}}})
    partial = world.zdpipe(*RUN)
    assert (partial.code, partial.json["counts"]["failed"]) == (1, 2)
    assert list(actions(partial.json)) == ["failures", "retry", "again"]
    assert act(world, "failures").json["people"] == 2
    faults(world)
    assert act(world, "retry").json["counts"]["created"] == 2


def test_imports_that_are_off_are_asked_for_in_words_to_send(world: World) -> None:
    world.many_customers(3)
    faults(world, {"on": "write", "account": {"bulk_import": False}})
    stopped = world.zdpipe(*RUN)
    assert (stopped.code, stopped.json["cause"]["code"]) == (4, "bulk_import_off")
    asked = act(world, "enable-import")
    assert asked.code == 0
    assert "Please enable bulk user imports for our account" in asked.json["message"]
    assert asked.json["next"] == "zdpipe check zendesk"


def test_the_account_of_a_run_that_is_going_is_never_taken(make_world: MakeWorld) -> None:
    world = make_world(Settings(job_seconds=0.0, users_per_second=20, requests_per_minute=100_000), 20)
    world.many_customers(3)
    faults(world, {"on": "write", "answer": {"status": 401}})
    run_id = world.zdpipe(*RUN).json["run_id"]
    faults(world)
    world.write("queries/other.sql", (world.folder / "queries/users.sql").read_text(encoding="utf-8"))
    world.many_customers(2000)
    going = world.start("run", "queries/other.sql")
    try:
        while world.stats()["users_received"] < 20:
            assert going.poll() is None
        run = shown(world, run_id)
        assert next(iter(actions(run))) == "free-lock"
        assert run["held_by"].startswith(f"process {going.pid} (zdpipe run queries/other.sql)")
        held = act(world, "free-lock", run_id)
        assert (held.code, held.json["error"]["code"]) == (2, "locked")
        assert f"process {going.pid}" in held.json["error"]["message"]
        assert f"kill -INT {going.pid}" in held.json["error"]["hint"]
    finally:
        kill(going)
    assert next(iter(actions(shown(world, run_id)))) != "free-lock"


@pytest.mark.parametrize("words", [(), ("--action", "retry")])
def test_without_a_terminal_the_actions_that_fit_are_listed(world: World, words: tuple[str, ...]) -> None:
    world.many_customers(3)
    world.zdpipe(*RUN, env=WRONG)
    ended = world.zdpipe("runs", "act", *words, "--format", "json")
    assert (ended.code, ended.json["error"]["code"]) == (2, "action")
    assert ended.json["error"]["hint"] == "Name one of those that fit with --action: check, again."
    assert len(world.zdpipe("runs", "list", "--format", "json").json["runs"]) == 1


def test_a_run_that_is_well_needs_nothing(world: World) -> None:
    world.many_customers(3)
    world.zdpipe(*RUN)
    ended = world.zdpipe("runs", "act", "--action", "again", "--format", "json")
    assert (ended.code, ended.json["error"]["code"]) == (2, "action")


def test_in_a_terminal_one_is_chosen(world: World) -> None:
    world.many_customers(3)
    world.zdpipe(*RUN, env=WRONG)
    mine, theirs = pty.openpty()
    process = subprocess.Popen(
        world.command("runs", "act", "--format", "json"),
        cwd=world.folder,
        env=world.environment,
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.PIPE,
    )
    os.close(theirs)
    with os.fdopen(mine, "rb+", buffering=0) as terminal:
        said = b""
        while b"Enter for none" not in said:
            said += terminal.read(4096)
        terminal.write(b"2\n")
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"Zendesk does not accept the credentials." in said
    assert b"  1  check: " in said
    assert b"  2  again: " in said
    assert json.loads(out)["counts"]["created"] == 3
