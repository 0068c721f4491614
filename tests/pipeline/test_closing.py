"""Skipping what is left of a run: nothing more is sent, nothing is lost, and the next run sends the rest."""

from __future__ import annotations

import pytest

from tests.delivery.unruly import PowerCut, answering, cut_power_after, lose_answer
from tests.pipeline.leaving import act
from tests.pipeline.leaving import people as some_people
from tests.pipeline.world import World
from zdpipe.errors import Interrupted, StateLocked, UnfinishedError
from zdpipe.model.cause import cause_of
from zdpipe.model.run import Counts, Outcome
from zdpipe.pipeline.closing import close_run
from zdpipe.pipeline.history import list_runs, show_run
from zdpipe.pipeline.verify import verify_run
from zdpipe.state.locks import writing_to


def stopped(world: World, customers: int = 450) -> str:
    world.many(customers)
    world.interrupt(6)
    run = world.run()
    assert run.outcome is Outcome.INTERRUPTED
    assert run.counts.pending > 0
    return str(run.run_id)


def test_what_is_left_stays_pending_and_the_next_run_sends_it(world: World) -> None:
    run_id = stopped(world)
    written = world.stats["writes"]
    closed = close_run(world.bench, run_id)
    assert world.stats["writes"] == written
    assert (closed.outcome, closed.is_closed, closed.stop) == (Outcome.SUPERSEDED, True, None)
    assert closed.finished_at == world.clock.now()
    closed.counts.check_conservation()
    assert closed.counts.pending == 450 - world.stats["users_created"] > 0
    assert cause_of(closed) is None
    following = world.run()
    assert following.counts == Counts(
        read=450, unchanged=closed.counts.created, created=closed.counts.pending
    )
    assert world.stats["users_created"] == 450


def test_what_may_be_with_zendesk_is_settled_first(world: World) -> None:
    world.many(250)
    world.network.on_write[2] = cut_power_after
    with pytest.raises(PowerCut):
        world.run()
    run_id = show_run(world.bench).run_id
    closed = close_run(world.bench, run_id)
    assert closed.counts.created == world.stats["users_created"] == 200
    assert world.run().counts == Counts(read=250, unchanged=200, created=50)


def test_a_lost_answer_is_settled_by_reading(world: World) -> None:
    world.many(450)
    world.network.on_write = {2: lose_answer}
    world.interrupt(2)
    run_id = world.run().run_id
    closed = close_run(world.bench, run_id)
    closed.counts.check_conservation()
    assert closed.counts.created == world.stats["users_created"]
    assert world.run().counts.failed == 0
    assert world.stats["users_created"] == 450


def test_a_run_that_cannot_be_settled_is_not_closed(world: World) -> None:
    world.many(100)
    world.simulator.zendesk.script([{"job": "odd_status"}])
    world.interrupt(3)
    run_id = world.run().run_id
    polls = range(world.network.polls + 1, world.network.polls + 99)
    forbidden = {"error": "Forbidden", "description": "No."}
    world.network.on_poll = dict.fromkeys(polls, answering(403, forbidden))
    with pytest.raises(UnfinishedError) as caught:
        close_run(world.bench, run_id)
    assert caught.value.code == "forbidden"
    assert show_run(world.bench, run_id).finished_at is None
    world.network.on_poll.clear()
    assert close_run(world.bench, run_id).is_closed


def test_closing_can_be_stopped_and_repeated(world: World) -> None:
    world.many(100)
    world.simulator.zendesk.script([{"job": "odd_status"}])
    world.interrupt(3)
    run_id = world.run().run_id
    world.interrupt(1)
    with pytest.raises(Interrupted):
        close_run(world.bench, run_id)
    assert show_run(world.bench, run_id).finished_at is None
    assert close_run(world.bench, run_id).is_closed


def test_a_run_without_a_plan_is_closed_without_a_request(world: World) -> None:
    world.many(3)

    def stop() -> None:
        raise KeyboardInterrupt

    world.listener.on_stage["comparing"] = stop
    with pytest.raises(Interrupted):
        world.run()
    asked = world.stats["requests"]
    closed = close_run(world.bench, show_run(world.bench).run_id)
    assert (closed.is_closed, closed.counts, world.stats["requests"]) == (True, Counts(), asked)


def test_a_run_that_ended_is_left_as_it_is(world: World) -> None:
    world.many(2)
    run = world.run()
    assert close_run(world.bench, run.run_id) == show_run(world.bench, run.run_id)
    assert not show_run(world.bench, run.run_id).is_closed


def test_a_closed_run_is_neither_resumed_nor_replaced_nor_compared_with(world: World) -> None:
    run_id = stopped(world)
    close_run(world.bench, run_id)
    before = show_run(world.bench, run_id)
    assert world.resume(run_id) == before
    world.many(100)  # far fewer rows than that run had: no finished run to compare with
    assert world.run().outcome is Outcome.SUCCEEDED
    assert show_run(world.bench, run_id) == before


def test_what_a_closed_run_sent_can_be_read_back(world: World) -> None:
    run_id = stopped(world)
    closed = close_run(world.bench, run_id)
    found = verify_run(world.bench, run_id)
    assert (found.people, found.pending) == (closed.counts.created, closed.counts.pending)
    assert found.tally.is_good


def test_what_was_to_be_done_to_customers_who_are_gone_is_left_to_the_next_run(world: World) -> None:
    act(world, "tag", tag="gone")
    world.customers(some_people(1, 2, 3))
    world.run()
    world.customers(some_people(1, 4))
    world.network.on_write[len(world.network.writes) + 1] = cut_power_after
    with pytest.raises(PowerCut):
        world.run()
    closed = close_run(world.bench, show_run(world.bench).run_id)
    assert closed.farewells.gone == {"not_sent": 2}
    assert world.run().farewells.gone == {"done": 2}


def test_the_account_of_another_process_is_not_taken(world: World) -> None:
    run_id = stopped(world)
    bench = world.bench
    with writing_to(bench.machine_state, "127.0.0.1:8977", bench.holder()), pytest.raises(StateLocked):
        close_run(world.bench, run_id)
    assert [run.is_closed for run in list_runs(world.bench)] == [False]
