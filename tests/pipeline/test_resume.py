"""Finishing a stopped run as it was."""

from __future__ import annotations

import shutil

import pytest

from tests.delivery.unruly import (
    PowerCut,
    answering,
    cut_power_after,
    cut_power_before,
    lose_answer,
    refuse_connection,
)
from tests.pipeline.world import QUERY, SQL, World
from zdpipe.errors import Interrupted, StateLocked, UsageProblem, ZdpipeError
from zdpipe.model.run import Counts, Outcome
from zdpipe.pipeline import resume as resume_module
from zdpipe.pipeline.history import list_runs, show_run
from zdpipe.pipeline.resume import destination_of
from zdpipe.pipeline.run import run_query
from zdpipe.state.locks import writing_to


def stop_after_two_batches(world: World) -> str:
    world.many(450)
    world.interrupt(6)
    run = world.run()
    assert run.outcome is Outcome.INTERRUPTED
    assert run.stop.exit_code == 130
    assert run.counts.pending > 0
    return str(run.run_id)


def assert_finished(world: World, run_id: str, customers: int = 450) -> None:
    run = world.resume()
    assert (run.run_id, run.outcome) == (run_id, Outcome.SUCCEEDED)
    assert run.counts == Counts(read=customers, created=customers)
    assert world.stats["users_created"] == customers
    assert run.finished_at is not None
    assert run.stop is None
    assert world.run().counts == Counts(read=customers, unchanged=customers)


def test_it_stays_the_run_it_was_and_counts_how_often_it_was_resumed(world: World) -> None:
    run_id = stop_after_two_batches(world)
    world.interrupt(3)
    assert world.resume().resumes == 1
    run = world.resume()
    assert (run.run_id, run.resumes) == (run_id, 2)
    assert world.resume().resumes == 2  # it has ended: nothing was resumed


@pytest.mark.parametrize("cut", [cut_power_before, cut_power_after])
@pytest.mark.parametrize("write", range(1, 6))
def test_a_power_cut_at_any_write_leaves_a_run_whose_report_is_right(world: World, cut, write: int) -> None:
    world.many(450)
    world.network.on_write[write] = cut
    with pytest.raises(PowerCut):
        world.run()
    stopped = show_run(world.bench)
    assert (stopped.outcome, stopped.stop.code if stopped.stop else "") == (Outcome.INTERRUPTED, "killed")
    stopped.counts.check_conservation()
    run = world.resume()
    assert run.counts == Counts(read=450, created=450)
    assert 0 < run.users_per_second <= 101


def test_neither_the_querys_file_nor_its_source_is_needed(world: World) -> None:
    run_id = stop_after_two_batches(world)
    shutil.move(world.folder / QUERY, world.folder / "aside.sql")
    shutil.move(world.folder / "data.duckdb", world.folder / "aside.duckdb")
    assert world.resume().outcome is Outcome.SUCCEEDED
    shutil.move(world.folder / "aside.sql", world.folder / QUERY)
    shutil.move(world.folder / "aside.duckdb", world.folder / "data.duckdb")
    assert world.run().counts.unchanged == 450
    assert show_run(world.bench, run_id).counts.created == 450


def test_a_destination_that_got_another_name_is_found_by_its_account(world: World) -> None:
    run_id = stop_after_two_batches(world)
    world.destinations(name="production")
    assert destination_of(world.bench, run_id).name == "production"
    assert_finished(world, run_id)


def test_a_name_that_leads_to_another_account_now_is_refused(world: World) -> None:
    run_id = stop_after_two_batches(world)
    writes = world.stats["writes"]
    world.destinations(url="http://127.0.0.1:9000")
    with pytest.raises(UsageProblem) as caught:
        world.resume()
    assert "127.0.0.1:8977" in caught.value.message
    assert world.stats["writes"] == writes
    world.destinations()
    assert_finished(world, run_id)


def test_a_moved_project_goes_on(world: World) -> None:
    run_id = stop_after_two_batches(world)
    moved = world.folder.parent / "moved"
    shutil.move(world.folder, moved)
    world.folder = moved
    assert_finished(world, run_id)


def test_a_lower_pace_than_its_batches_is_refused_with_the_cure_and_lost_nothing(world: World) -> None:
    run_id = stop_after_two_batches(world)
    world.destinations(pace=50)
    run = world.resume()
    assert run.stop.exit_code == 4
    assert "users_per_second" in run.stop.hint
    assert f"zdpipe resume {run_id}" in run.stop.hint
    new = world.run()
    assert new.counts.pending == 0
    assert world.stats["users_created"] == 450


def test_credentials_refused_in_the_middle_leave_a_run_that_goes_on(world: World) -> None:
    world.many(450)
    world.network.on_write[3] = answering(401, {"error": "Couldn't authenticate you"})
    run = world.run()
    assert (run.outcome, run.stop.exit_code, run.stop.code) == (Outcome.FAILED, 4, "unauthorized")
    assert_finished(world, run.run_id)


def test_an_account_that_goes_away_for_a_while_is_waited_for(world: World) -> None:
    world.many(450)
    gone_until = []

    def go_away(request):
        if len(world.network.writes) == 2 and not gone_until:
            gone_until.append(world.clock.elapsed + 20)
        if gone_until and world.clock.elapsed < gone_until[0]:
            refuse_connection(request, world.simulator.handle_request)

    world.network.on_request = go_away
    run = world.run()
    assert (run.outcome, run.counts.created, run.resumes) == (Outcome.SUCCEEDED, 450, 0)
    assert world.stats["users_created"] == 450


def test_what_was_asked_for_stays_asked_for(world: World) -> None:
    world.many(5)
    world.run()

    def stop() -> None:
        raise PowerCut

    world.listener.on_stage["comparing"] = stop
    with pytest.raises(PowerCut):
        world.run(full=True)
    assert world.resume().counts == Counts(read=5, updated=5)


def test_it_runs_the_text_it_started_with(world: World) -> None:
    world.many(5)

    def stop() -> None:
        raise PowerCut

    world.listener.on_stage["comparing"] = stop
    with pytest.raises(PowerCut):
        world.run()
    world.write(QUERY, SQL + " WHERE false")
    assert world.resume().counts == Counts(read=5, created=5)


@pytest.mark.parametrize("trouble", ["credentials", "query"])
def test_what_keeps_it_from_being_planned_anew_is_told_and_it_can_go_on(world: World, trouble: str) -> None:
    world.many(5)

    def stop() -> None:
        raise PowerCut

    world.listener.on_stage["comparing"] = stop
    with pytest.raises(PowerCut):
        world.run()
    if trouble == "credentials":
        world.environment["TOKEN"] = "wrong"
    else:
        shutil.move(world.folder / "data.duckdb", world.folder / "aside.duckdb")
    with pytest.raises(ZdpipeError) as caught:
        world.resume()
    run = show_run(world.bench)
    assert run.stop is not None
    assert (run.outcome, run.finished_at, run.stop.code) == (Outcome.INTERRUPTED, None, caught.value.code)
    assert run.stop.hint.endswith(f"Then continue with: zdpipe resume {run.run_id}")
    world.environment["TOKEN"] = "simulator"
    if trouble == "query":
        shutil.move(world.folder / "aside.duckdb", world.folder / "data.duckdb")
    assert world.resume().counts == Counts(read=5, created=5)


def test_a_stop_before_it_is_planned_anew_is_a_persons(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.many(5)

    def stop() -> None:
        raise PowerCut

    world.listener.on_stage["comparing"] = stop
    with pytest.raises(PowerCut):
        world.run()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(resume_module, "knock", interrupt)
        with pytest.raises(Interrupted) as caught:
            world.resume()
    run = show_run(world.bench)
    assert caught.value.hint == f"Continue with: zdpipe resume {run.run_id}"
    assert (run.outcome, run.stop.code if run.stop else "") == (Outcome.INTERRUPTED, "interrupted")
    assert world.resume().counts == Counts(read=5, created=5)


def test_a_run_that_somebody_else_finished_meanwhile_is_not_opened_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = stop_after_two_batches(world)
    choose = resume_module._choose

    def choose_slowly(*arguments):
        chosen = choose(*arguments)
        monkeypatch.setattr(resume_module, "_choose", choose)
        run_query(world.bench, QUERY)
        return chosen

    monkeypatch.setattr(resume_module, "_choose", choose_slowly)
    run = world.resume(run_id)
    assert run.outcome is Outcome.SUPERSEDED
    assert run.resumes == 0


def test_a_superseded_run_is_shown_and_not_touched(world: World) -> None:
    run_id = stop_after_two_batches(world)
    world.run()
    requests = world.stats["requests"]
    run = world.resume(run_id)
    assert run.outcome is Outcome.SUPERSEDED
    assert run.counts.pending > 0
    assert world.stats["requests"] == requests


def test_an_unknown_run_is_told_with_the_newest_ones(world: World) -> None:
    run_id = stop_after_two_batches(world)
    with pytest.raises(UsageProblem) as caught:
        world.resume("nobody")
    assert run_id in caught.value.hint


def test_without_any_run_there_is_nothing_to_resume(world: World) -> None:
    with pytest.raises(UsageProblem, match="no run to resume"):
        world.resume()


def test_the_account_of_somebody_elses_run_is_not_taken(world: World) -> None:
    run_id = stop_after_two_batches(world)
    bench = world.bench
    with writing_to(bench.machine_state, "127.0.0.1:8977", bench.holder()), pytest.raises(StateLocked):
        world.resume()
    assert_finished(world, run_id)


DAY = 86_400.0


@pytest.mark.parametrize("jump", [-DAY, -60.0, 60.0, DAY])
def test_a_clock_that_jumps_between_two_sittings_changes_nothing(world: World, jump: float) -> None:
    run_id = stop_after_two_batches(world)
    world.clock.set_ahead(jump)
    assert_finished(world, run_id)
    newest, oldest = list_runs(world.bench)
    assert (newest.counts.unchanged, oldest.run_id) == (450, run_id)


@pytest.mark.parametrize("jump", [-DAY, DAY])
def test_a_clock_that_jumps_while_sending_changes_nothing(world: World, jump: float) -> None:
    world.many(450)
    sleeps = 0

    def leap() -> None:
        nonlocal sleeps
        sleeps += 1
        if sleeps == 4:
            world.clock.set_ahead(jump)

    world.clock.on_sleep = leap
    world.network.on_write = {2: lose_answer}
    run = world.run()
    assert sleeps >= 4
    assert run.outcome is Outcome.SUCCEEDED
    assert run.counts == Counts(read=450, created=450)
    assert world.stats["users_created"] == 450
    assert world.stats["refused"] == 0


def test_a_clock_that_jumps_while_an_answer_is_lost_counts_nobody_twice(world: World) -> None:
    world.many(250)
    world.network.on_write = {2: cut_power_after}
    with pytest.raises(PowerCut):
        world.run()
    world.clock.set_back(DAY)
    run = world.resume()
    assert run.counts == Counts(read=250, created=250)
    assert world.stats["users_created"] == 250
