"""Several queries of one project that name the same people: each creation is counted once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.delivery.unruly import PowerCut, Trouble, answering, cut_power_after, forget_jobs, lose_request
from tests.pipeline.world import SQL, World
from zdpipe.errors import UnfinishedError
from zdpipe.model.run import Counts, Outcome, RunReport
from zdpipe.pipeline.history import list_runs

OTHER = Path("queries/other.sql")


def left_in_doubt(world: World) -> RunReport:
    """Begin a run whose first sending is lost on its way, and stop it at the second."""
    world.network.on_write = {1: lose_request, 2: answering(401)}
    run: RunReport = world.run()
    world.network.on_write = {}
    assert run.counts == Counts(read=5, pending=5)
    return run


@pytest.fixture
def doubtful(world: World) -> RunReport:
    world.write(OTHER, SQL)
    world.many(5)
    return left_in_doubt(world)


@pytest.mark.parametrize("trouble", [None, forget_jobs])
def test_whom_another_run_created_meanwhile_is_updated(
    world: World, doubtful: RunReport, trouble: Trouble | None
) -> None:
    assert world.run(OTHER).counts == Counts(read=5, created=5)
    if trouble is not None:
        next_poll = world.network.polls + 1
        world.network.on_poll = dict.fromkeys(range(next_poll, next_poll + 8), trouble)
    resumed = world.resume(doubtful.run_id)
    assert (resumed.outcome, resumed.counts) == (Outcome.SUCCEEDED, Counts(read=5, updated=5))


def test_whom_another_run_created_before_it_is_updated_although_the_first_sending_was_earlier(
    world: World, doubtful: RunReport
) -> None:
    world.customers([(f"id-{n}", f"Customer {n}", f"c{n}@example.com", "Oslo") for n in range(3)])
    assert world.run(OTHER).counts == Counts(read=3, created=3)
    assert world.resume(doubtful.run_id).counts == Counts(read=5, created=2, updated=3)


def test_two_runs_in_doubt_of_the_same_people_count_them_once(world: World, doubtful: RunReport) -> None:
    world.network.on_write = {3: lose_request, 4: answering(401)}
    second = world.run(OTHER)
    assert second.counts == Counts(read=5, pending=5)
    world.network.on_write = {}
    for run_id in (second.run_id, doubtful.run_id):
        world.resume(run_id)
    counts = [run.counts for run in list_runs(world.bench)]
    assert counts == [Counts(read=5, created=5), Counts(read=5, updated=5)]
    assert world.stats["users_created"] == 5


@pytest.fixture
def cut_off(world: World) -> Path:
    """Cut a run off whose only batch is with Zendesk, and return its outbox."""
    world.write(OTHER, SQL)
    world.many(5)
    world.network.on_write = {1: cut_power_after}
    with pytest.raises(PowerCut):
        world.run()
    world.clock.advance(120)
    (run,) = list_runs(world.bench)
    return world.folder / ".zdpipe" / "runs" / run.run_id / "outbox.parquet"


def test_an_outbox_that_is_gone_stands_in_nobodys_way(world: World, cut_off: Path) -> None:
    cut_off.unlink()
    assert world.run(OTHER).counts == Counts(read=5, updated=5)
    assert world.run().counts == Counts(read=5, unchanged=5)
    assert [run.outcome for run in list_runs(world.bench)][1:] == [Outcome.SUCCEEDED, Outcome.SUPERSEDED]


def test_a_damaged_outbox_is_told_with_a_cure_that_works(world: World, cut_off: Path) -> None:
    cut_off.write_bytes(b"garbage!" * 500)
    stop = world.run(OTHER).stop
    assert (stop.code, stop.exit_code) == ("outbox_damaged", 4)
    with pytest.raises(UnfinishedError) as caught:
        world.run()
    for hint in (stop.hint, caught.value.hint):
        assert "remove it and start over with `zdpipe run`" in hint
    cut_off.unlink()
    assert world.run().counts == Counts(read=5, updated=5)
