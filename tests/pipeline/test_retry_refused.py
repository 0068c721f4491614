"""Which runs can be retried, what stands in the way, and a retry that was stopped."""

from __future__ import annotations

import shutil

import pytest

from tests.delivery.unruly import PowerCut, answering
from tests.pipeline.retrying import check_dates, interrupted, names, people, retry, start
from tests.pipeline.world import QUERY, World
from zdpipe.errors import LintError, ProjectError, StateError, UsageProblem
from zdpipe.model.guard import Guard
from zdpipe.model.run import Counts, Outcome, Retried
from zdpipe.pipeline.history import list_runs
from zdpipe.pipeline.retry import destination_of_retry, retry_run, run_to_retry
from zdpipe.state.locks import writing_to


@pytest.fixture(autouse=True)
def query(world: World) -> None:
    check_dates(world)


def test_a_run_that_has_not_ended_is_finished_first(world: World) -> None:
    run_id = interrupted(world)
    for ask in (run_to_retry, retry_run):
        with pytest.raises(UsageProblem) as caught:
            ask(world.bench, run_id)
        assert caught.value.hint == f"Finish it first: zdpipe resume {run_id}"
    assert len(list_runs(world.bench)) == 1


def test_a_run_that_is_going_is_waited_for(world: World) -> None:
    run_id = interrupted(world)
    seen: list[str] = []

    def look(_: object) -> None:
        if not seen:
            with pytest.raises(UsageProblem) as caught:
                run_to_retry(world.bench, run_id)
            seen.append(caught.value.message)

    world.network.on_request = look
    world.resume()
    assert seen == [f"Run {run_id} is still going."]


def test_an_unknown_run_is_told_with_the_newest_ones(world: World) -> None:
    run_id = start(world, people(2, 1))
    with pytest.raises(UsageProblem) as caught:
        retry_run(world.bench, "nobody")
    assert run_id in caught.value.hint


def test_a_superseded_run_may_be_retried(world: World) -> None:
    run_id = interrupted(world)
    world.run()
    world.customers(list(people(450).values()))
    assert retry(world, run_id).counts == Counts(read=1, created=1)


def test_it_replaces_an_unfinished_run_of_the_query(world: World) -> None:
    run_id = start(world, people(2, 1))
    world.interrupt(6)
    world.customers(list(people(450, 1).values()))
    left = world.run(allow=Guard.ROWS)
    assert left.counts.pending > 0
    world.customers(list(people(450).values()))
    assert retry(world, run_id).counts == Counts(read=1, created=1)
    assert run_to_retry(world.bench, left.run_id).outcome is Outcome.SUPERSEDED
    assert world.run(allow=Guard.ROWS).counts.pending == 0
    assert world.stats["users_created"] == 450


def test_a_retry_that_was_stopped_before_its_plan_goes_on_as_one(world: World) -> None:
    run_id = start(world, people(5, 1))
    names(world)

    def stop() -> None:
        raise PowerCut

    world.listener.on_stage["comparing"] = stop
    with pytest.raises(PowerCut):
        retry(world, run_id)
    assert list_runs(world.bench)[0].retried is None
    run = world.resume()
    assert (run.retries, run.retried, run.counts) == (run_id, Retried(1, 0), Counts(read=1, failed=1))
    assert names(world) == ["id-1"]


def test_a_retry_that_was_stopped_while_sending_goes_on_as_one(world: World) -> None:
    run_id = start(world, people(5, 1))
    world.network.on_write[len(world.network.writes) + 1] = answering(
        401, {"error": "Couldn't authenticate you"}
    )
    stopped = retry(world, run_id)
    assert (stopped.stop.exit_code, stopped.counts) == (4, Counts(read=1, pending=1))
    assert f"zdpipe resume {stopped.run_id}" in stopped.stop.hint
    run = world.resume()
    assert (run.run_id, run.retries, run.counts) == (stopped.run_id, run_id, Counts(read=1, failed=1))


@pytest.mark.parametrize(("text", "error"), [("SELECT 1 AS nonsense", LintError), (None, ProjectError)])
def test_a_query_that_is_dirty_or_gone_begins_no_run(world: World, text: str | None, error: type) -> None:
    run_id = start(world, people(2, 1))
    if text is None:
        (world.folder / QUERY).unlink()
    else:
        world.write(QUERY, text)
    with pytest.raises(error) as caught:
        retry(world, run_id)
    assert caught.value.exit_code == 2
    assert len(list_runs(world.bench)) == 1


@pytest.mark.parametrize(
    ("content", "code"), [(None, "files_gone"), (b"PAR1 nonsense PAR1", "outbox_damaged")]
)
def test_without_its_files_nobody_knows_who_failed(world: World, content: bytes | None, code: str) -> None:
    run_id = start(world, people(2, 1))
    folder = world.folder / ".zdpipe" / "runs" / run_id
    if content is None:
        shutil.rmtree(folder)
    else:
        (folder / "outbox.parquet").write_bytes(content)
    left = interrupted(world)
    with pytest.raises(StateError) as caught:
        retry(world, run_id)
    assert (caught.value.code, caught.value.exit_code) == (code, 2)
    newest, *_ = list_runs(world.bench)
    assert (newest.run_id, newest.outcome) == (left, Outcome.INTERRUPTED)


def test_a_destination_that_got_another_name_is_found_by_its_account(world: World) -> None:
    run_id = start(world, people(2, 1))
    world.destinations(name="production")
    assert destination_of_retry(world.bench, run_id).name == "production"
    assert retry(world, run_id).destination == "production"


def test_an_account_that_left_the_project_is_told_with_the_command(world: World) -> None:
    run_id = start(world, people(2, 1))
    world.destinations(url="http://127.0.0.1:9000")
    for ask in (destination_of_retry, retry_run):
        with pytest.raises(UsageProblem) as caught:
            ask(world.bench, run_id)
        assert caught.value.hint.endswith(f"then: zdpipe retry {run_id}")


def test_the_account_of_somebody_elses_run_is_not_taken(world: World) -> None:
    run_id = start(world, people(2, 1))
    bench = world.bench
    with writing_to(bench.machine_state, "127.0.0.1:8977", bench.holder()), pytest.raises(StateError):
        retry(world, run_id)
    assert len(list_runs(world.bench)) == 1
