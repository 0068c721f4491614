"""A few customers first, as people meet it: the rest follows by itself, or waits for a person."""

from __future__ import annotations

import signal
import time
from typing import Any

from tests.stories.conftest import MakeWorld
from tests.stories.world import EVERYTHING, World, assert_conserved, kill
from zdpipe.simulator.settings import Settings

RUN = ("run", "queries/users.sql", "--canary", "40", "--format", "json")
MISSING = EVERYTHING.replace("user_fields.city", "user_fields.town")


def test_all_is_well_and_everybody_follows(world: World) -> None:
    world.many_customers(300)
    run = world.zdpipe(*RUN)
    assert run.code == 0, run.err
    assert run.json["canary"] == {"asked": 40, "people": 40, "fate": "passed"}
    assert run.json["counts"]["created"] == len(world.users()) == 300
    shown = world.zdpipe("runs", "show")
    assert "A canary of 40 customers went first, and is there as it was sent." in shown.out


def test_something_is_not_there_and_the_rest_waits_for_a_person(world: World) -> None:
    world.many_customers(300)
    world.write("queries/users.sql", MISSING)
    stopped = world.zdpipe(*RUN)
    assert stopped.code == 4
    assert_conserved(stopped.json["counts"])
    assert (stopped.json["error"]["code"], stopped.json["counts"]["pending"]) == ("canary", 260)
    assert len(world.users()) == 40
    run_id = stopped.json["run_id"]
    text = world.zdpipe("runs", "show", run_id).out
    for command in (f"zdpipe verify {run_id}", f"zdpipe resume {run_id}"):
        assert command in text
    verified = world.zdpipe("verify", run_id, "--format", "json")
    assert (verified.code, verified.json["counts"]["missed"]) == (1, 40)
    rest = world.zdpipe("resume", run_id, "--format", "json")
    assert (rest.code, rest.json["canary"]["fate"]) == (0, "waived")
    assert len(world.users()) == 300


def test_a_killed_canary_is_looked_at_all_the_same(make_world: MakeWorld) -> None:
    world = make_world(Settings(job_seconds=1.0), users_per_second=100)
    world.many_customers(300)
    world.write("queries/users.sql", MISSING)
    process = world.start(*RUN)
    deadline = time.monotonic() + 30
    while not world.stats()["users_received"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    kill(process)
    assert process.returncode == -signal.SIGKILL
    resumed = world.zdpipe("resume", "--format", "json")
    assert (resumed.code, resumed.json["error"]["code"]) == (4, "canary")
    assert len(world.users()) == 40


def test_it_can_be_taken_back(world: World) -> None:
    world.many_customers(120)
    assert world.zdpipe("run", "queries/users.sql").code == 0
    world.write("queries/users.sql", EVERYTHING.replace("city AS", "upper(city) AS"))
    before = cities(world)
    run = world.zdpipe(*RUN, "--allow", "updated").json
    assert run["counts"]["updated"] == 120
    assert sum(city != before[key] for key, city in cities(world).items()) == 120
    done = world.zdpipe("rollback", run["run_id"], "--format", "json")
    assert (done.code, done.json["fields"]) == (0, {"user_fields.city": 40})
    assert sum(city != before[key] for key, city in cities(world).items()) == 80
    world.assert_no_secrets()


def cities(world: World) -> dict[str, Any]:
    return {key: user["user_fields"]["city"] for key, user in world.users().items()}
