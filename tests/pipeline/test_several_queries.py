"""Several queries of one project that name the same people: each creation is counted once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.delivery.unruly import Trouble, answering, forget_jobs, lose_request
from tests.pipeline.world import SQL, World
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
