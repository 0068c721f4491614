"""Who holds an account: told where somebody does, cleared up where a killed process left something."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from tests.pipeline.world import World
from zdpipe.errors import StateLocked
from zdpipe.pipeline.freeing import free_lock, held_by
from zdpipe.pipeline.history import show_run
from zdpipe.pipeline.store import open_store
from zdpipe.state.locks import Holder, account_folder, merging_into, writing_to

ACCOUNT = "127.0.0.1:8977"
# No process has a number that large (kernel.org, pid_max is 4,194,304 at most).
GONE = 4_194_305


def holder(pid: int) -> Holder:
    return Holder(pid, "zdpipe run q.sql", "/elsewhere", "2026-11-22T12:00:00+00:00")


def stopped(world: World) -> str:
    world.many(250)
    world.interrupt(3)
    return str(world.run().run_id)


@pytest.mark.parametrize(
    ("pid", "cure"),
    [
        (os.getpid(), f"kill -INT {os.getpid()}"),
        (GONE, "not to be seen from here"),
    ],
    ids=["alive", "elsewhere"],
)
def test_a_lock_that_is_held_is_never_taken_away(world: World, pid: int, cure: str) -> None:
    run_id = stopped(world)
    bench = world.bench
    with writing_to(bench.machine_state, ACCOUNT, holder(pid)):
        assert held_by(bench, ACCOUNT) == holder(pid).words
        assert show_run(bench, run_id).held_by == holder(pid).words
        with pytest.raises(StateLocked) as caught:
            free_lock(bench, run_id)
        assert f"process {pid} (zdpipe run q.sql)" in caught.value.message
        assert "since 2026-11-22T12:00:00" in caught.value.message
        assert cure in caught.value.hint
        with pytest.raises(StateLocked):
            world.resume(run_id)
    assert held_by(bench, ACCOUNT) == ""
    assert show_run(bench, run_id).held_by == ""


def test_a_holder_that_has_not_said_who_it_is_is_somebody(world: World) -> None:
    run_id = stopped(world)
    bench = world.bench
    with writing_to(bench.machine_state, ACCOUNT, bench.holder()):
        (account_folder(bench.machine_state, ACCOUNT) / "writer.json").unlink()
        assert show_run(bench, run_id).held_by == "another process"
        with pytest.raises(StateLocked, match="by another process") as caught:
            free_lock(bench, run_id)
        assert caught.value.hint == "Wait until it has ended."


def test_what_a_killed_process_left_is_removed(world: World) -> None:
    run_id = stopped(world)
    left = account_folder(world.bench.machine_state, ACCOUNT) / "writer.json"
    left.write_text(json.dumps({name: getattr(holder(GONE), name) for name in Holder.__slots__}))
    freed = free_lock(world.bench, run_id)
    assert (freed.account, freed.left_by) == (ACCOUNT, holder(GONE))
    assert not left.exists()
    assert free_lock(world.bench, run_id).left_by is None
    assert world.resume(run_id).counts.created == 250


def test_ones_own_lock_is_nobodys_else(world: World) -> None:
    stopped(world)
    bench = world.bench
    with writing_to(bench.machine_state, ACCOUNT, bench.holder()):
        assert held_by(bench, ACCOUNT) == ""
        assert held_by(replace(bench, pid=bench.pid + 1), ACCOUNT).startswith(f"process {bench.pid} ")


def test_a_merge_of_another_process_is_told_too(world: World) -> None:
    run_id = stopped(world)
    with open_store(world.bench) as store:
        known = store.folder.known_users(ACCOUNT)
    with merging_into(known), pytest.raises(StateLocked, match="Another process writes"):
        free_lock(world.bench, run_id)


def test_a_run_that_ended_waits_for_nobody(world: World) -> None:
    world.many(1)
    run_id = world.run().run_id
    bench = world.bench
    with writing_to(bench.machine_state, ACCOUNT, holder(GONE)):
        assert show_run(bench, run_id).held_by == ""
