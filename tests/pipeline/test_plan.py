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


def test_it_tells_changes_of_known_people_apart(world: World) -> None:
    world.many(4)
    world.run()
    world.many(5, city="Rome")
    plan = plan_query(world.bench, QUERY)
    assert plan.columns == {"email": 1, "external_id": 1, "name": 1, "user_fields.city": 5}
    assert plan.updates == {"email": 0, "external_id": 0, "name": 0, "user_fields.city": 4}
    world.customers([("id-0", "Customer 0", "new@example.com", "Oslo"), ("id-1", "Ann", None, "Oslo")])
    plan = plan_query(world.bench, QUERY)
    assert plan.updates == {"email": 1, "external_id": 0, "name": 1, "user_fields.city": 0}


def test_it_counts_who_is_unchanged_only_after_normalization(world: World) -> None:
    world.many(4)
    world.run()
    world.customers(
        [
            ("id-0", "Customer 0", "c0@example.com", "Oslo"),
            (" id-1", "Customer  1", "C1@Example.com", "Oslo"),
            ("id-2", "Customer 2 ", "c2@example.com", "Rome"),  # another city too
            ("id-3", "Customer 3", " c3@example.com", "Oslo"),
            ("id-4", "Nobody ", None, None),
        ]
    )
    plan = plan_query(world.bench, QUERY)
    assert plan.counts == Counts(read=5, unchanged=3, updated=1, created=1)
    assert plan.respelled == 2
    assert plan_query(world.bench, QUERY, full=True).respelled == 0


def test_the_forecast_rests_on_what_is_known_of_the_account(world: World) -> None:
    world.many(250)
    before = plan_query(world.bench, QUERY).forecast
    assert (before.requests_per_minute, before.job_seconds) == (None, None)
    assert list((world.folder.parent / "machine").rglob("limits*")) == []
    world.run()
    world.many(500)
    after = plan_query(world.bench, QUERY).forecast
    assert after.requests_per_minute == world.simulator.zendesk.settings.requests_per_minute
    assert after.job_seconds is not None
    assert 0 < after.job_seconds < 10
    assert after.seconds == pytest.approx(2.5 + after.job_seconds)


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
