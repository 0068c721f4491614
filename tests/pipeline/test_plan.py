"""A plan foretells what a run does, changes nothing, and stands in nobody's way."""

from __future__ import annotations

import pytest

from tests.delivery.unruly import PowerCut
from tests.pipeline.world import QUERY, World
from zdpipe.errors import StateLocked
from zdpipe.model.run import Counts
from zdpipe.pipeline import merging
from zdpipe.pipeline.plan import plan_query
from zdpipe.state.locks import writing_to


def test_it_foretells_the_run_and_asks_nobody(world: World) -> None:
    world.many(250)
    plan = plan_query(world.bench, QUERY)
    assert plan.counts == Counts(read=250, created=250)
    assert (plan.forecast.requests, plan.forecast.jobs, plan.forecast.seconds) == (3, 3, 2.5)
    assert world.stats["requests"] == 0
    assert world.run().counts == plan.counts
    assert plan_query(world.bench, QUERY).counts == Counts(read=250, unchanged=250)
    assert plan_query(world.bench, QUERY, full=True).counts == Counts(read=250, updated=250)


def test_it_leaves_no_files_behind(world: World) -> None:
    world.many(5)
    plan_query(world.bench, QUERY)
    assert list((world.folder / ".zdpipe" / "tmp").iterdir()) == []


def test_it_knows_what_a_run_was_told_before_it_was_killed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.many(150)

    def cut(*_: object, **__: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr("zdpipe.pipeline.sending.merge_run", cut)
        with pytest.raises(PowerCut):
            world.run()
    assert plan_query(world.bench, QUERY).counts == Counts(read=150, unchanged=150)


def test_a_run_that_begins_while_it_merges_waits_and_is_not_turned_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.many(50)
    world.run()
    merge_all = merging._merge_all
    bench = world.bench

    def merge_while_somebody_takes_the_account(*arguments):
        with writing_to(bench.machine_state, "127.0.0.1:8977", bench.holder()):
            merge_all(*arguments)

    monkeypatch.setattr(merging, "_merge_all", merge_while_somebody_takes_the_account)
    assert plan_query(world.bench, QUERY).counts == Counts(read=50, unchanged=50)


def test_it_does_not_wait_for_a_run_or_for_another_merge(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.many(50)
    world.run()
    bench = world.bench

    def never(*_: object) -> None:
        raise AssertionError("merged beside a run")

    monkeypatch.setattr(merging, "_merge_all", never)
    with writing_to(bench.machine_state, "127.0.0.1:8977", bench.holder()):
        assert plan_query(world.bench, QUERY).counts == Counts(read=50, unchanged=50)
    known = world.folder / ".zdpipe" / "known" / "127.0.0.1_8977.duckdb"
    with merging.merging_into(known):
        assert plan_query(world.bench, QUERY).counts == Counts(read=50, unchanged=50)
        with pytest.raises(StateLocked), merging.merging_into(known, wait=False):
            pytest.fail("merged twice at once")
