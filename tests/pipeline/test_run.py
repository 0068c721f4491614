"""A run from its file to its report, and what stops it before its plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.delivery.unruly import answering, lose_answer, refuse_connection
from tests.pipeline.world import SQL, World
from zdpipe.changes.workspace import Workspace
from zdpipe.errors import CredentialError, DestinationError, Interrupted, QueryError, UnfinishedError
from zdpipe.model.guard import Guard
from zdpipe.model.run import ConservationError, Counts, Outcome, Stop
from zdpipe.pipeline.history import list_runs, show_run
from zdpipe.pipeline.linting import DirtyQuery


def test_everybody_is_created_once_and_the_second_run_writes_nothing(world: World) -> None:
    world.many(250)
    first = world.run()
    assert first.counts == Counts(read=250, created=250)
    assert (first.outcome, first.jobs, first.resumes, first.retries) == (Outcome.SUCCEEDED, 3, 0, None)
    assert first.started_at <= first.finished_at
    writes = world.stats["writes"]
    second = world.run()
    assert second.counts == Counts(read=250, unchanged=250)
    assert world.stats["writes"] == writes


def test_the_requests_reported_are_those_the_account_saw(world: World) -> None:
    world.many(250)
    assert world.run().requests == world.stats["requests"]


def test_two_thousand_users_report_the_pace_they_had(world: World) -> None:
    world.many(2000)
    run = world.run()
    assert 95 <= run.users_per_second <= 100
    assert run.seconds == pytest.approx((run.finished_at - run.started_at).total_seconds(), abs=1)
    assert world.stats["max_users_in_one_second"] <= 100


def test_full_sends_everybody_again(world: World) -> None:
    world.many(5)
    world.run()
    assert world.run(full=True).counts == Counts(read=5, updated=5)


def test_rejected_rows_alone_end_well_and_send_nothing(world: World) -> None:
    world.customers([("id-1", None, None, None)])
    run = world.run(allow=Guard.REJECTED)
    assert run.counts == Counts(read=1, rejected=1)
    assert run.outcome is Outcome.SUCCEEDED
    assert world.stats["writes"] == 0


@pytest.mark.parametrize("token", ["wrong", "expired"])
def test_a_refused_credential_ends_the_run_before_it_has_a_plan(world: World, token: str) -> None:
    world.many(1)
    world.environment["TOKEN"] = token
    with pytest.raises(CredentialError) as caught:
        world.run()
    (run,) = list_runs(world.bench)
    assert (run.outcome, run.counts, run.finished_at) == (Outcome.FAILED, Counts(), run.started_at)
    assert run.stop == Stop.from_error(caught.value)
    assert run.again == "zdpipe run queries/users.sql"


def test_an_account_out_of_reach_ends_it_too(world: World) -> None:
    world.many(1)
    world.network.on_request = lambda request: refuse_connection(request, world.simulator.handle_request)
    with pytest.raises(DestinationError):
        world.run()
    (run,) = list_runs(world.bench)
    assert (run.outcome, run.stop.code if run.stop else "") == (Outcome.FAILED, "unreachable")


def test_a_run_that_was_turned_away_closes_no_other(world: World) -> None:
    run_id = stopped_with_a_job_in_flight(world)
    world.environment["TOKEN"] = "wrong"
    with pytest.raises(CredentialError):
        world.run()
    assert show_run(world.bench, run_id).finished_at is None
    world.environment["TOKEN"] = "simulator"
    assert world.resume().run_id == run_id


def test_findings_are_told_before_the_account_is_asked(world: World) -> None:
    world.many(1)
    world.write("queries/users.sql", "SELECT id AS external_id FROM Customer_360")
    with pytest.raises(DirtyQuery):
        world.run()
    assert world.stats["requests"] == 0


def test_a_query_that_fails_while_reading_is_over_and_hides_no_stopped_run(world: World) -> None:
    world.many(250)
    world.interrupt(3)
    stopped = world.run()
    broken = world.write("queries/broken.sql", SQL.replace("city AS", "CAST(city AS INTEGER) AS"))
    with pytest.raises(QueryError):
        world.run(broken)
    failed = show_run(world.bench)
    assert (failed.outcome, failed.counts) == (Outcome.FAILED, Counts())
    assert failed.finished_at is not None
    resumed = world.resume()
    assert (resumed.run_id, resumed.outcome) == (stopped.run_id, Outcome.SUCCEEDED)


def stop_now() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("stage", ["reading", "comparing"])
def test_a_stop_while_planning_names_the_command_and_is_planned_again(world: World, stage: str) -> None:
    world.many(5)
    world.listener.on_stage[stage] = stop_now
    with pytest.raises(Interrupted) as caught:
        world.run(full=True)
    run = show_run(world.bench)
    assert caught.value.hint == f"Continue with: zdpipe resume {run.run_id}"
    assert run.stop is not None
    assert (run.outcome, run.finished_at, run.stop.hint) == (
        Outcome.INTERRUPTED,
        None,
        caught.value.hint,
    )
    assert world.resume().counts == Counts(read=5, created=5)


def test_a_bug_that_loses_rows_is_found_before_anything_is_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.many(5)
    written = Workspace.write_outbox
    monkeypatch.setattr(Workspace, "write_outbox", lambda *arguments: written(*arguments)[1:])
    with pytest.raises(ConservationError):
        world.run()
    assert world.stats["writes"] == 0


def test_a_new_run_closes_the_stopped_one_and_settles_what_was_in_flight(world: World) -> None:
    world.many(450)
    world.interrupt(6)
    old = world.run()
    assert old.outcome is Outcome.INTERRUPTED
    new = world.run()
    old = show_run(world.bench, old.run_id)
    assert old.outcome is Outcome.SUPERSEDED
    assert old.finished_at is not None
    assert old.counts.created + new.counts.created == world.stats["users_created"] == 450
    assert old.counts.pending > 0
    assert new.counts.pending == 0
    old.counts.check_conservation()
    assert world.run().counts == Counts(read=450, unchanged=450)


def test_a_damaged_outbox_does_not_stand_in_the_way_of_a_new_run(world: World) -> None:
    world.many(250)
    world.interrupt(4)
    old = world.run()
    (world.folder / ".zdpipe" / "runs" / old.run_id / "outbox.parquet").unlink()
    new = world.run()
    assert new.outcome is Outcome.SUCCEEDED
    assert world.stats["users"] - 1 == 250
    assert show_run(world.bench, old.run_id).outcome is Outcome.SUPERSEDED


def test_another_querys_run_waits_for_what_a_stopped_one_has_in_flight(world: World) -> None:
    world.many(100)
    world.interrupt(2)  # the only batch is with Zendesk, its job not done
    stopped = world.run()
    assert stopped.counts.pending == 100
    other = world.write("queries/other.sql", SQL.replace("city AS", "'Rome' AS"))
    jobs_in_flight = []
    world.network.on_request = lambda request: (
        jobs_in_flight.append(world.stats["jobs_in_flight"]) if request.method == "POST" else None
    )
    run = world.run(other)
    assert jobs_in_flight == [0]
    assert run.counts == Counts(read=100, updated=100)
    assert world.resume().counts.created == 100
    assert world.run(other).counts.unchanged == 100


@pytest.mark.parametrize("query", ["/elsewhere/no.sql", "queries/no.sql"])
def test_a_missing_file_is_told(world: World, query: str) -> None:
    with pytest.raises(Exception, match=r"no\.sql"):
        world.run(Path(query))


def test_the_law_holds_whatever_happens_to_a_request(world: World) -> None:
    world.many(250)
    world.network.on_write[2] = lose_answer
    run = world.run()
    assert run.counts == Counts(read=250, created=250)
    assert run.users_per_second <= 100


FORBIDDEN = {"error": {"title": "Forbidden", "message": "no"}}


@pytest.mark.parametrize("sleeps", [2, 3, 4])
def test_whom_a_job_wrote_before_it_died_is_counted_when_its_run_is_superseded(
    world: World, sleeps: int
) -> None:
    world.many(100)
    world.simulator.zendesk.script([{"job": "failed_midway"}])
    world.interrupt(sleeps)
    old = world.run()
    new = world.run()
    old = show_run(world.bench, old.run_id)
    assert old.counts.created + new.counts.created == world.stats["users_created"] == 100
    assert new.counts.read == 100


def stopped_with_a_job_in_flight(world: World) -> str:
    world.many(100)
    world.simulator.zendesk.script([{"job": "odd_status"}])
    world.interrupt(3)
    run = world.run()
    assert run.outcome is Outcome.INTERRUPTED
    return str(run.run_id)


def test_superseding_that_cannot_finish_names_the_run_to_go_on_with(world: World) -> None:
    run_id = stopped_with_a_job_in_flight(world)
    polls = range(world.network.polls + 1, world.network.polls + 99)
    world.network.on_poll = dict.fromkeys(polls, answering(403, FORBIDDEN))
    with pytest.raises(UnfinishedError) as caught:
        world.run()
    assert (caught.value.code, caught.value.exit_code) == ("forbidden", 4)
    assert f"zdpipe resume {run_id}" in caught.value.hint
    assert [run.run_id for run in list_runs(world.bench)] == [run_id]


def test_superseding_that_is_interrupted_names_it_too(world: World) -> None:
    run_id = stopped_with_a_job_in_flight(world)
    world.network.on_poll = dict.fromkeys(range(1, 99), answering(503))
    world.interrupt(3)
    with pytest.raises(Interrupted) as caught:
        world.run()
    assert f"zdpipe resume {run_id}" in caught.value.hint


def test_a_forbidden_poll_is_not_told_as_imports_that_are_off(world: World) -> None:
    world.many(100)
    world.network.on_poll = {1: answering(403, FORBIDDEN)}
    stop = world.run().stop
    assert (stop.code, stop.exit_code) == ("forbidden", 4)
    assert "import" not in stop.message
