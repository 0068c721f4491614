"""A draft is sent as a sample, and in no other way."""

from __future__ import annotations

import pytest

from tests.pipeline.retrying import SQL as DATES
from tests.pipeline.retrying import check_dates, people, retry, start
from tests.pipeline.world import QUERY, SQL, World
from zdpipe.errors import UsageProblem
from zdpipe.model.run import Outcome
from zdpipe.model.wish import Wish
from zdpipe.pipeline.history import list_runs
from zdpipe.pipeline.plan import plan_query
from zdpipe.pipeline.run import run_query

DRAFT = f"-- zdpipe: draft=yes\n{SQL}"


@pytest.fixture
def draft(world: World) -> World:
    world.write(QUERY, DRAFT)
    world.many(20)
    return world


def test_a_draft_is_refused_before_anything_is_asked(draft: World) -> None:
    with pytest.raises(UsageProblem) as caught:
        draft.run()
    assert (caught.value.code, caught.value.exit_code) == ("draft", 2)
    assert "zdpipe run queries/users.sql --sample 10" in caught.value.hint
    assert list_runs(draft.bench) == []
    assert draft.stats["requests"] == 0


@pytest.mark.parametrize("wish", [Wish(canary=3), Wish(full=True)])
def test_neither_a_canary_nor_everybody_is_a_sample(draft: World, wish: Wish) -> None:
    with pytest.raises(UsageProblem, match="is a draft"):
        run_query(draft.bench, QUERY, wish)


def test_a_sample_of_it_is_sent(draft: World) -> None:
    run = draft.run(sample=3)
    assert (run.outcome, run.counts.created) == (Outcome.SUCCEEDED, 3)


def test_it_can_be_planned(draft: World) -> None:
    assert plan_query(draft.bench, QUERY).counts.created == 20


def test_it_is_ready_once_its_header_says_so(draft: World) -> None:
    draft.write(QUERY, f"-- zdpipe: draft=no\n{SQL}")
    assert draft.run().counts.created == 20


def test_who_failed_in_a_sample_may_be_sent_again_and_in_a_whole_run_not(world: World) -> None:
    check_dates(world)
    whole = start(world, people(3, 0, 1))
    world.write(QUERY, f"-- zdpipe: draft=yes\n{DATES}")
    with pytest.raises(UsageProblem, match="is a draft"):
        retry(world, whole)
    sample = world.run(sample=2)
    assert sample.counts.failed == 2
    assert retry(world, sample.run_id).retries == sample.run_id
