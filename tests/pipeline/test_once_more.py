"""A run's errand once more: as it was asked for, with what is there now."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pipeline.world import QUERY, SQL, World
from zdpipe.errors import CredentialError, UsageProblem
from zdpipe.model.guard import Guard
from zdpipe.model.run import Counts, Outcome
from zdpipe.pipeline.history import show_run
from zdpipe.pipeline.once_more import destination_once_more, run_once_more
from zdpipe.pipeline.store import open_store


def turned_away(world: World, **wish: Any) -> str:
    """Ask for a run that the account does not let begin; it can be asked for once more afterwards."""
    world.environment["TOKEN"] = "wrong"
    with pytest.raises(CredentialError):
        world.run(**wish)
    world.environment["TOKEN"] = "simulator"
    world.clock.advance(1)
    return show_run(world.bench).run_id


def test_whatever_was_asked_for_is_asked_for_again(world: World) -> None:
    world.many(30)
    world.run()
    first = turned_away(world, full=True, remember=True, canary=5)
    assert show_run(world.bench, first).again == "zdpipe run queries/users.sql --full --remember --canary 5"
    run = run_once_more(world.bench, first)
    assert run.counts == Counts(read=30, updated=30)
    assert run.canary is not None
    assert (run.canary.asked, run.again) == (5, show_run(world.bench, first).again)


def test_a_sample_stays_one(world: World) -> None:
    world.many(30)
    first = turned_away(world, sample=4)
    assert show_run(world.bench, first).again == "zdpipe run queries/users.sql --sample 4"
    run = run_once_more(world.bench, first)
    assert (run.sample, run.counts.created) == (4, 4)


def test_the_query_and_the_data_are_those_of_now(world: World) -> None:
    world.many(3)
    first = turned_away(world)
    world.write(QUERY, f"{SQL} WHERE id <> 'id-0'")
    world.many(8)
    assert run_once_more(world.bench, first).counts == Counts(read=7, created=7)


def test_no_guard_passes_that_was_not_named(world: World) -> None:
    world.many(4)
    world.run()
    world.many(4, "Rome")
    first = world.run().run_id
    world.clock.advance(1)
    assert run_once_more(world.bench, first).was_refused
    world.clock.advance(1)
    assert run_once_more(world.bench, first, {Guard.ROWS}).was_refused
    world.clock.advance(1)
    assert run_once_more(world.bench, first, {Guard.UPDATED}).counts.updated == 4


def test_it_goes_to_the_same_account_whatever_that_is_called_now(world: World) -> None:
    world.many(3)
    first = turned_away(world)
    world.destinations(name="renamed")
    assert destination_once_more(world.bench, first).name == "renamed"
    assert run_once_more(world.bench, first).destination == "renamed"


def test_a_stopped_run_is_replaced(world: World) -> None:
    world.many(250)
    world.interrupt(6)
    first = world.run().run_id
    world.clock.advance(1)
    run = run_once_more(world.bench, first)
    assert run.outcome is Outcome.SUCCEEDED
    assert show_run(world.bench, first).outcome is Outcome.SUPERSEDED
    assert world.stats["users_created"] == 250


def test_a_sealed_plan_of_another_version_is_no_bug(world: World) -> None:
    world.many(1)
    first = turned_away(world)
    with open_store(world.bench) as store:
        store.connection.execute("UPDATE runs SET seal = '{}' WHERE run_id = ?", (first,))
    with pytest.raises(UsageProblem) as caught:
        run_once_more(world.bench, first)
    assert caught.value.code == "seal_unreadable"
