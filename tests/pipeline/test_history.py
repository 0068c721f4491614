"""What can be said of runs, while they go and afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.delivery.unruly import PowerCut, cut_power_after
from tests.pipeline.world import SQL, World
from zdpipe.errors import UsageProblem
from zdpipe.model.run import Outcome
from zdpipe.pipeline.history import list_runs, rejects, show_run
from zdpipe.state.locks import Holder, writing_to

ACCOUNT = "127.0.0.1:8977"


def cut_off(world: World) -> str:
    world.many(250)
    world.network.on_write[2] = cut_power_after
    with pytest.raises(PowerCut):
        world.run()
    return show_run(world.bench).run_id


def test_a_run_is_going_while_its_project_holds_the_account(world: World) -> None:
    run_id = cut_off(world)
    bench = world.bench
    with writing_to(bench.machine_state, ACCOUNT, bench.holder()):
        going = show_run(bench, run_id)
    assert (going.outcome, going.finished_at, going.stop) == (Outcome.RUNNING, None, None)


def test_another_project_on_the_account_makes_no_dead_run_alive(world: World) -> None:
    run_id = cut_off(world)
    bench = world.bench
    with writing_to(bench.machine_state, ACCOUNT, Holder(1, "zdpipe run", "/elsewhere", "now")):
        assert show_run(bench, run_id).outcome is Outcome.INTERRUPTED


def test_a_run_of_another_query_makes_no_dead_run_alive(world: World) -> None:
    run_id = cut_off(world)
    other = world.write("queries/other.sql", SQL)
    seen: list[Outcome] = []
    world.listener.on_stage["comparing"] = lambda: seen.append(show_run(world.bench, run_id).outcome)
    world.run(other)
    assert seen == [Outcome.INTERRUPTED]


def test_a_dead_run_names_the_command_that_continues_it(world: World) -> None:
    run_id = cut_off(world)
    stop = show_run(world.bench).stop
    assert stop is not None
    assert (stop.code, stop.exit_code, stop.hint) == ("killed", 4, f"Continue with: zdpipe resume {run_id}")


def test_the_newest_run_comes_first(world: World) -> None:
    world.many(1)
    runs = []
    for _ in range(3):
        runs.append(world.run().run_id)
        world.clock.advance(1)
    assert [run.run_id for run in list_runs(world.bench)] == runs[::-1]
    assert [run.run_id for run in list_runs(world.bench, 1)] == runs[-1:]
    assert show_run(world.bench).run_id == runs[-1]


def test_rejected_rows_are_read_back_with_their_files(world: World) -> None:
    world.customers([("id-1", None, None, None), ("id-2", "Jane", None, None)])
    run = world.run()
    found = rejects(world.bench)
    assert (found.run_id, found.rows["reason"].to_list()) == (run.run_id, ["name_missing"])
    assert [Path(path) for path in run.rejects_files] == [found.csv, found.parquet]


def test_a_run_without_rejected_rows_has_no_files(world: World) -> None:
    world.many(1)
    assert world.run().rejects_files == ()
    found = rejects(world.bench)
    assert (len(found.rows), found.parquet, found.csv) == (0, None, None)


def test_no_run_at_all_is_told(world: World) -> None:
    assert list_runs(world.bench) == []
    for look in (show_run, rejects):
        with pytest.raises(UsageProblem, match="no run yet"):
            look(world.bench)
