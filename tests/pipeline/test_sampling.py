"""A few of those who would be sent, and nobody else."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.pipeline.retrying import check_dates, people
from tests.pipeline.world import QUERY, World
from zdpipe.errors import Interrupted
from zdpipe.model.guard import Guard, Ruling
from zdpipe.model.run import Counts, Outcome
from zdpipe.pipeline.history import rejects
from zdpipe.pipeline.plan import plan_query
from zdpipe.pipeline.retry import retry_run


def names(world: World) -> list[str]:
    found = sorted(user["external_id"] for users in world.network.writes for user in users)
    world.network.writes.clear()
    return found


def test_so_many_are_sent_and_the_next_run_sends_the_rest(world: World) -> None:
    world.many(250)
    run = world.run(sample=10)
    assert (run.outcome, run.sample) == (Outcome.SUCCEEDED, 10)
    assert run.counts == Counts(read=10, created=10)
    assert (run.finished_at is not None, run.gone) == (True, 0)
    first = names(world)
    assert len(set(first)) == 10
    assert world.run().counts == Counts(read=250, unchanged=10, created=240)
    assert not set(names(world)) & set(first)


def test_the_same_data_gives_the_same_sample_whatever_the_order(world: World) -> None:
    rows = list(people(50).values())
    drawn = []
    for order in (rows, rows[::-1]):
        world.customers(order)
        drawn.append(world.run(sample=5, full=True) and names(world))
    assert drawn[0] == drawn[1]
    assert drawn[0] != [f"id-{n}" for n in range(5)]  # by lot


def test_only_who_would_be_sent_is_drawn(world: World) -> None:
    world.many(20)
    world.run()
    rows = [(f"id-{n}", f"Customer {n}", f"c{n}@example.com", "Rome" if n < 3 else "Oslo") for n in range(20)]
    world.customers(rows)
    names(world)
    assert world.run(sample=10).counts == Counts(read=3, updated=3)
    assert names(world) == ["id-0", "id-1", "id-2"]
    assert world.run(sample=10).counts == Counts()


@pytest.mark.parametrize("name", ["a [prod]", "env=prod"])
def test_their_rejected_rows_are_told_wherever_the_project_lies(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with closing(World(tmp_path / name)) as world:
        world.customers([("a", "Ada", "ada@x.org", "Oslo"), ("a", None, "ada@x.org", "Rome")])
        told = rejects(world.bench, world.run(sample=1).run_id).rows
        assert (told["row"].to_list(), told["identity"].to_list()) == ([2], ["a"])
        assert "env" not in told.columns


def test_their_further_addresses_and_other_rows_come_along(world: World) -> None:
    world.customers(
        [
            ("a", "Ada", "ada@example.com", "Oslo"),
            ("A", "Ada", "ada@work.example", "Oslo"),
            ("a", "Ada", "ada@example.com", "Rome"),
            ("a", None, "ada@example.com", "Rome"),
            (None, None, "nobody@example.com", "Rome"),
        ]
    )
    run = world.run(sample=1)
    assert run.counts == Counts(read=4, rejected=1, duplicate=1, created=1, updated=1)
    assert run.rejections == {"name_missing": 1}
    assert run.warnings == {"conflicting_rows": 1}
    assert rejects(world.bench, run.run_id).rows["row"].to_list() == [4]
    assert rejects(world.bench, run.run_id).csv is not None
    folder = world.folder / ".zdpipe" / "runs" / run.run_id
    assert not list(folder.glob("*everybody*"))


def test_only_warnings_about_them_count(world: World) -> None:
    world.customers([(f"id-{n}", f"Customer {n}", "no address", "Oslo") for n in range(20)])
    assert world.run(sample=4).warnings == {"invalid_email": 4}


def test_everybody_decides_whose_an_address_is(world: World) -> None:
    world.customers([(f"id-{n}", f"Customer {n}", "shared@example.com", "Oslo") for n in range(9)])
    for _ in range(9):
        world.run(sample=1)
    owners = {user["external_id"] for users in world.network.writes for user in users if "email" in user}
    assert owners == {"id-0"}
    assert plan_query(world.bench, QUERY).counts == Counts(read=9, unchanged=9)


def test_guards_tell_and_later_runs_do_not_compare_with_it(world: World) -> None:
    world.customers([*people(20).values(), *((f"x-{n}", None, None, None) for n in range(20))])
    run = world.run(sample=5)
    assert [(verdict.guard, verdict.ruling) for verdict in run.guards] == [(Guard.REJECTED, Ruling.OK)]
    after = world.run(allow=Guard.REJECTED)
    assert {verdict.ruling for verdict in after.guards} == {Ruling.ALLOWED, Ruling.LATER, Ruling.OK}
    world.customers([])
    assert world.run(sample=5).counts == Counts()


def test_whom_zendesk_refuses_is_retried_alone(world: World) -> None:
    check_dates(world)
    world.customers(list(people(20, *range(20)).values()))
    run = world.run(sample=3)
    assert (run.outcome, run.counts) == (Outcome.PARTIAL, Counts(read=3, failed=3))
    world.customers(list(people(20).values()))
    world.clock.advance(1)
    assert retry_run(world.bench, run.run_id).counts == Counts(read=3, created=3)


def stop_now() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("stage", ["reading", "comparing"])
def test_a_sample_that_was_stopped_goes_on_as_one(world: World, stage: str) -> None:
    world.many(50)
    world.listener.on_stage[stage] = stop_now
    with pytest.raises(Interrupted):
        world.run(sample=5)
    run = world.resume()
    assert (run.sample, run.counts) == (5, Counts(read=5, created=5))
