"""Old runs go, with their files; whatever somebody still needs stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.delivery.unruly import PowerCut, cut_power_after
from tests.pipeline.retrying import check_dates, people
from tests.pipeline.world import QUERY, SQL, World
from zdpipe.errors import CredentialError, StateError, StateLocked, UsageProblem
from zdpipe.model.orchestration import Order
from zdpipe.model.pruned import Held
from zdpipe.model.run import Outcome
from zdpipe.pipeline import pruning
from zdpipe.pipeline.history import list_runs, show_run
from zdpipe.pipeline.orchestrate import run_orchestration
from zdpipe.pipeline.pruning import prune
from zdpipe.pipeline.retry import retry_run
from zdpipe.pipeline.store import open_store
from zdpipe.state.locks import writing_to

ACCOUNT = "127.0.0.1:8977"
OTHER = Path("queries/other.sql")


def run_ids(world: World) -> list[str]:
    return [run.run_id for run in list_runs(world.bench, -1)][::-1]


def folders(world: World) -> list[str]:
    return sorted(path.name for path in (world.folder / ".zdpipe" / "runs").iterdir())


def keeping(world: World, number: int) -> None:
    text = (world.folder / "zdpipe.toml").read_text(encoding="utf-8")
    world.write("zdpipe.toml", f"{text}\n[state]\nkeep_runs = {number}\n")


def count(world: World, table: str) -> int:
    with open_store(world.bench) as store:
        return int(store.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_the_newest_runs_of_each_query_stay(world: World) -> None:
    world.many(3)
    world.write(OTHER, SQL)
    runs = [world.run(query).run_id for query in (QUERY, OTHER, QUERY, QUERY, OTHER)]
    pruned = prune(world.bench, 1)
    assert (pruned.runs, dict(pruned.held)) == (sorted(runs[:3]), {})
    assert run_ids(world) == runs[3:]
    assert folders(world) == sorted(runs[3:])
    assert prune(world.bench, 1).runs == []


def test_runs_that_an_account_turned_away_push_out_no_other(world: World) -> None:
    world.many(3)
    first = world.run().run_id
    for _ in range(3):
        world.environment["TOKEN"] = "wrong"
        with pytest.raises(CredentialError):
            world.run()
    turned_away = run_ids(world)[1:]
    assert (
        prune(world.bench, 2).runs == turned_away[:1]
    )  # the newest ones, as long as nothing came after them
    world.environment["TOKEN"] = "simulator"
    last = world.run().run_id
    assert prune(world.bench, 2).runs == turned_away[1:]
    assert run_ids(world) == [first, last]


def test_nobody_is_sent_again_and_reports_still_add_up(world: World) -> None:
    world.many(150)
    world.run()
    world.run()
    prune(world.bench, 1)
    again = world.run()
    assert again.counts.unchanged == again.counts.read == 150
    for run in list_runs(world.bench):
        run.counts.check_conservation()


def test_an_unfinished_run_stays_whatever_its_age(world: World) -> None:
    world.many(250)
    world.write(OTHER, SQL)
    world.network.on_write[2] = cut_power_after
    with pytest.raises(PowerCut):
        world.run()
    (unfinished,) = run_ids(world)
    finished = [world.run(OTHER).run_id for _ in range(3)]
    assert prune(world.bench, 1).runs == finished[:2]
    assert run_ids(world) == [unfinished, finished[2]]
    assert world.resume(unfinished).outcome is Outcome.SUCCEEDED


def test_a_run_is_merged_before_it_goes_and_held_where_it_cannot_be(world: World) -> None:
    world.many(3)
    runs = [world.run().run_id for _ in range(3)]
    with open_store(world.bench) as store:
        store.connection.execute("UPDATE batches SET merged = 0")
        outbox = store.folder.outbox(runs[0])
    away = outbox.rename(outbox.with_suffix(".away"))
    pruned = prune(world.bench, 1)
    assert (pruned.runs, dict(pruned.held)) == ([runs[1]], {runs[0]: Held.NOT_MERGED})
    away.rename(outbox)
    assert prune(world.bench, 1).runs == [runs[0]]


def test_the_newest_run_of_everybody_stays_though_retries_are_newer(world: World) -> None:
    check_dates(world)
    world.customers(list(people(3, 1).values()))
    first = world.run().run_id
    retries = []
    for _ in range(2):
        world.clock.advance(1)
        retries.append(retry_run(world.bench, first).run_id)
    pruned = prune(world.bench, 1)
    assert (pruned.runs, dict(pruned.held)) == ([retries[0]], {first: Held.LAST_COMPLETE})


def test_a_run_that_an_unfinished_retry_needs_stays(world: World) -> None:
    check_dates(world)
    world.customers(list(people(3, 1).values()))
    first = world.run().run_id
    world.clock.advance(1)

    def stop() -> None:
        raise KeyboardInterrupt

    world.listener.on_stage["comparing"] = stop
    with pytest.raises(Exception, match="Stopped"):
        retry_run(world.bench, first)
    world.write(OTHER, SQL)
    with open_store(world.bench) as store:  # as if newer runs of the query had ended meanwhile
        store.connection.execute("UPDATE runs SET finished_at = NULL WHERE retries = ?", (first,))
        store.connection.execute(
            "INSERT INTO runs"
            " (run_id, query, destination, account, sql, outcome, started_at, finished_at, read)"
            " SELECT 'newer', query, destination, account, sql, 'succeeded', started_at, started_at, 1"
            " FROM runs WHERE run_id = ?",
            (first,),
        )
    assert dict(prune(world.bench, 1).held) == {first: Held.RETRIED}


def test_the_slowest_job_is_remembered_and_all_others_go(world: World) -> None:
    world.lift_guards()
    world.many(450)
    for city in ("Oslo", "Bergen", "Rome"):
        world.many(450, city)
        world.run()
    with open_store(world.bench) as store:
        store.connection.execute("UPDATE jobs SET seconds = batch + 0.5")
        newest = show_run(world.bench)
        slowest = store.batches(store.run(newest.run_id)).slowest_job()
        store.connection.execute(
            "UPDATE jobs SET seconds = 99 WHERE job_id ="
            " (SELECT min(job_id) FROM jobs WHERE run_id = (SELECT min(run_id) FROM runs))"
        )
    assert slowest == 5.5
    prune(world.bench, 1)
    assert count(world, "jobs") == 6
    assert count(world, "results") == 450
    with open_store(world.bench) as store:
        assert store.batches(store.run(newest.run_id)).slowest_job() == 99


def test_room_is_really_given_back(world: World) -> None:
    world.lift_guards()
    for city in ("Oslo", "Bergen", "Rome"):
        world.many(2_000, city)
        world.run()
    path = world.folder / ".zdpipe" / "state.sqlite"

    def size() -> int:
        return sum(file.stat().st_size for file in path.parent.glob("state.sqlite*"))

    with open_store(world.bench):
        pass
    before = size()
    pruned = prune(world.bench, 1)
    assert size() < before * 0.6
    assert pruned.bytes_freed > before - size()


def test_the_order_of_runs_outlives_the_rebuilding(world: World) -> None:
    world.many(1)
    runs = [world.run().run_id for _ in range(5)]
    world.clock.set_back(86_400)
    runs.append(world.run().run_id)
    prune(world.bench, 3)
    assert run_ids(world) == runs[3:]
    runs.append(world.run().run_id)
    assert run_ids(world) == runs[3:]


def test_leftovers_of_killed_processes_go(world: World) -> None:
    world.many(1)
    run_id = world.run().run_id
    state = world.folder / ".zdpipe"
    runs = state / "runs"
    world.write(runs / run_id / "work.duckdb", "the source")
    world.write(runs / run_id / ".outbox.parquet.partial", "half")
    world.write(runs / "19990101-000000-abcd" / "outbox.parquet", "nobody's")
    world.write(state / "tmp" / "session-999999999-x" / "spilled", "rows")
    for name, moment in (("old.log", 0), ("new.log", world.clock.now().timestamp() + 9)):
        os.utime(world.write(state / "logs" / name, "Traceback"), (moment, moment))
    pruned = prune(world.bench, 1)
    assert (pruned.orphans, pruned.leftovers, pruned.logs, pruned.runs) == (1, 2, 1, [])
    assert folders(world) == [run_id]
    assert sorted(path.name for path in (runs / run_id).iterdir()) == ["outbox.parquet", "sources.parquet"]
    assert list((state / "tmp").iterdir()) == []
    assert [path.name for path in (state / "logs").iterdir()] == ["new.log"]


def test_an_unfinished_runs_half_made_files_stay_its_own(world: World) -> None:
    world.many(250)
    world.network.on_write[1] = cut_power_after
    with pytest.raises(PowerCut):
        world.run()
    (unfinished,) = run_ids(world)
    half = world.write(world.folder / ".zdpipe" / "runs" / unfinished / "work.duckdb", "x")
    assert prune(world.bench, 1).leftovers == 0
    assert half.exists()


def test_nothing_goes_while_the_account_is_held(world: World) -> None:
    world.many(1)
    world.run()
    with writing_to(world.bench.machine_state, ACCOUNT, world.bench.holder()), pytest.raises(StateLocked):
        prune(world.bench, 1)


def test_without_a_number_nothing_goes(world: World) -> None:
    with pytest.raises(UsageProblem, match="How many") as caught:
        prune(world.bench)
    assert "--keep N" in caught.value.hint


def test_a_successful_run_ends_with_it_where_the_project_says_so(world: World) -> None:
    world.many(3)
    runs = [world.run().run_id for _ in range(4)]
    assert run_ids(world) == runs
    keeping(world, 2)
    runs.append(world.run().run_id)
    assert run_ids(world) == runs[-2:]
    assert folders(world) == sorted(runs[-2:])
    assert prune(world.bench).keep == 2


def test_what_stands_in_the_way_never_fails_the_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.many(3)
    keeping(world, 1)
    first = world.run().run_id
    said: list[str] = []
    monkeypatch.setattr(world.listener, "remark", said.append)

    def refuse(*_: object) -> int:
        raise StateError("It cannot be removed.", "Mend it.")

    monkeypatch.setattr(pruning, "remove", refuse)
    run = world.run()
    assert (run.outcome, run.stop) == (Outcome.SUCCEEDED, None)
    assert said == ["Old runs are still there: It cannot be removed. Remove them with: zdpipe runs prune"]
    monkeypatch.undo()
    assert prune(world.bench).runs == [first]


def test_a_file_that_cannot_be_removed_is_told(world: World) -> None:
    world.many(1)
    first = world.run().run_id
    world.run()
    with open_store(world.bench) as store:
        folder = store.folder.run(first)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    folder.symlink_to(world.folder)  # never to be followed
    with pytest.raises(StateError, match="cannot be removed"):
        prune(world.bench, 1)
    assert (world.folder / "zdpipe.toml").exists()
    folder.unlink()
    assert prune(world.bench, 1).runs == [first]


def test_occasions_of_orchestrations_go_with_their_runs(world: World) -> None:
    world.many(3)
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[orchestrations.nightly]\nqueries = ["{QUERY}"]\n')
    for _ in range(3):
        world.clock.advance(1)
        run_orchestration(world.bench, "nightly", Order())
    assert count(world, "occasions") == 3
    prune(world.bench, 1)
    assert (count(world, "runs"), count(world, "occasions")) == (1, 1)
    keeping(world, 1)
    world.clock.advance(1)
    run_orchestration(world.bench, "nightly", Order())
    assert (count(world, "runs"), count(world, "occasions")) == (1, 1)
