"""Queries in order, one occasion at a time; stopped anywhere it goes on, or is superseded."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.world import SQL, World
from zdpipe.errors import ProjectError, StateLocked, UsageProblem
from zdpipe.model.canary import Fate
from zdpipe.model.guard import Guard
from zdpipe.model.orchestration import Ending, OrchestrationReport, Order
from zdpipe.model.run import Outcome, RunReport
from zdpipe.pipeline import conducting, orchestrate
from zdpipe.pipeline.conducting import Errand
from zdpipe.pipeline.history import list_runs, show_run
from zdpipe.pipeline.orchestrate import run_orchestration
from zdpipe.pipeline.orchestrations import list_orchestrations
from zdpipe.reports.orchestration_json import orchestration_json
from zdpipe.state.database import open_database
from zdpipe.state.locks import holding
from zdpipe.state.occasions import begin_occasion, last_skipped

FIRST, SECOND, THIRD = (f"queries/{name}.sql" for name in "abc")
ANEW, DUE, RESUME = Order(), Order(if_due=True), Order(resumes=True)


def orchestrated(world: World, more: str = "", queries: tuple[str, ...] = (FIRST, SECOND, THIRD)) -> World:
    """Give the project three queries of a third of the customers each, and an orchestration of them."""
    for number, query in enumerate((FIRST, SECOND, THIRD)):
        world.write(query, f"{SQL} WHERE hash(id) % 3 = {number}")
    listed = ", ".join(f'"{query}"' for query in queries)
    with (world.folder / "zdpipe.toml").open("a") as file:
        file.write(f"\n[orchestrations.nightly]\nqueries = [{listed}]\nschedule = '0 * * * *'\n{more}")
    world.many(30)
    return world


def run(world: World, order: Order = ANEW, told: Any = None) -> OrchestrationReport:
    world.clock.advance(1)  # so that the newest run is known from the one before

    def watch(errand: Errand) -> RunReport:
        report = errand.do()
        if told is not None:
            told(report)
        return report

    return run_orchestration(world.bench, "nightly", order, watch)


def outcomes(report: OrchestrationReport) -> list[Outcome | None]:
    return [step.report.outcome if step.report else None for step in report.steps]


def breaking(world: World, query: str) -> None:
    world.write(query, "SELECT id AS external_id, name AS name, no_such AS phone FROM Customer_360")


def test_the_queries_run_in_order_and_make_one_report(world: World) -> None:
    orchestrated(world)
    told: list[str] = []
    report = run(world, told=lambda one: told.append(one.query))
    assert told == [FIRST, SECOND, THIRD]
    assert report.ending is Ending.SUCCEEDED
    assert outcomes(report) == [Outcome.SUCCEEDED] * 3
    assert sum(one.counts.created for one in report.runs) == 30
    assert {one.orchestration for one in list_runs(world.bench)} == {"nightly"}
    document: dict[str, Any] = orchestration_json(report)
    assert [one["run_id"] for one in document["runs"]] == [one.run_id for one in report.runs]
    assert "error" not in document


def test_a_query_that_cannot_run_stops_the_rest(world: World) -> None:
    orchestrated(world)
    breaking(world, SECOND)
    report = run(world)
    assert report.ending is Ending.FAILED
    assert outcomes(report) == [Outcome.SUCCEEDED, None, None]
    assert report.steps[1].error is not None
    assert report.steps[2].error is None
    assert report.stop is not None
    assert report.stop.hint.endswith("zdpipe orchestrations run nightly --resume")


def test_or_leaves_the_rest_alone_where_the_project_says_so(world: World) -> None:
    orchestrated(world, 'on_failure = "continue"\n')
    breaking(world, SECOND)
    report = run(world)
    assert (report.ending, outcomes(report)) == (Ending.FAILED, [Outcome.SUCCEEDED, None, Outcome.SUCCEEDED])


def test_resumed_it_runs_what_is_not_through_and_nothing_else(world: World) -> None:
    orchestrated(world)
    breaking(world, SECOND)
    first = run(world)
    world.write(SECOND, f"{SQL} WHERE hash(id) % 3 = 1")
    told: list[str] = []
    report = run(world, RESUME, told=lambda one: told.append(one.query))
    assert told == [SECOND, THIRD]
    assert (report.ending, report.resumes) == (Ending.SUCCEEDED, 1)
    assert report.runs[0] == first.runs[0]
    assert report.steps[1].error is None
    assert run(world, RESUME) == report  # nothing is left to do


def test_nothing_can_be_resumed_that_never_ran(world: World) -> None:
    with pytest.raises(UsageProblem) as caught:
        run(orchestrated(world), RESUME)
    assert caught.value.code == "no_run"


def test_stopped_while_sending_it_goes_on_with_that_run_and_the_rest(world: World) -> None:
    world.destinations(pace=1)
    orchestrated(world)
    world.interrupt(20)
    stopped = run(world)
    assert stopped.ending is Ending.INTERRUPTED
    assert stopped.stop is not None
    assert stopped.stop.exit_code == 130
    left = [one for one in stopped.runs if one.finished_at is None]
    assert len(left) == 1
    assert left[0].counts.pending
    report = run(world, RESUME)
    assert report.ending is Ending.SUCCEEDED
    assert show_run(world.bench, left[0].run_id).resumes == 1
    assert sum(one.counts.created for one in report.runs) == 30
    assert world.stats["users_created"] == 30


def test_a_new_one_supersedes_what_was_stopped(world: World) -> None:
    world.destinations(pace=1)
    orchestrated(world)
    world.interrupt(20)
    stopped = run(world)
    left = next(one for one in stopped.runs if one.finished_at is None)
    report = run(world)
    assert report.ending is Ending.SUCCEEDED
    assert show_run(world.bench, left.run_id).outcome is Outcome.SUPERSEDED
    assert world.stats["users_created"] == 30
    assert sum(one.counts.created + one.counts.unchanged for one in report.runs) == 30


def test_a_stop_between_two_queries_is_noticed_there(world: World) -> None:
    orchestrated(world)

    def stop(_: RunReport) -> None:
        world.interrupt(1)

    report = run(world, told=stop)
    assert (report.ending, outcomes(report)) == (Ending.INTERRUPTED, [Outcome.SUCCEEDED, None, None])
    assert report.stop is not None
    assert report.stop.hint == "Continue with: zdpipe orchestrations run nightly --resume"


def test_a_keyboard_interrupt_is_a_stop_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    orchestrated(world)

    def interrupted(*_: object, **__: object) -> RunReport:
        raise KeyboardInterrupt

    monkeypatch.setattr(conducting, "run_query", interrupted)
    assert run(world).ending is Ending.INTERRUPTED


def test_a_bug_is_raised_and_leaves_a_failed_occasion(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    orchestrated(world, 'on_failure = "continue"\n')

    def broken(*_: object, **__: object) -> RunReport:
        raise ZeroDivisionError

    monkeypatch.setattr(conducting, "run_query", broken)
    with pytest.raises(ZeroDivisionError):
        run(world)
    (overview,) = list_orchestrations(world.bench)
    assert overview.last is not None
    assert overview.last.ending is Ending.FAILED


def test_two_at_once_is_refused_told_and_written_down(world: World) -> None:
    orchestrated(world)
    run(world)
    world.clock.advance(3600)
    bench = world.bench
    place = bench.project.paths.state / "orchestrations" / "nightly"
    with holding(place, bench.holder(), lambda _: StateLocked("taken")):
        with pytest.raises(StateLocked) as caught:
            run(world, DUE)
        assert "process 4711 (zdpipe test)" in caught.value.message
        assert "due at 2026-11-22T13:00:00+00:00, which is passed over" in caught.value.message
        assert (caught.value.code, caught.value.exit_code) == ("still_going", 2)
        assert run(world, DUE).ending is Ending.NOT_DUE  # once told is enough
    assert run(world, DUE).ending is Ending.NOT_DUE  # and it is not made up for
    (overview,) = list_orchestrations(bench)
    assert overview.skipped is not None
    with closing(open_database(bench.project.paths.state / "state.sqlite")) as connection:
        assert last_skipped(connection, "nightly") == overview.skipped
    world.clock.advance(3600)
    assert run(world, DUE).ending is Ending.SUCCEEDED
    assert list_orchestrations(bench)[0].skipped is None


def test_two_schedulers_at_the_same_moment_run_it_once_and_report_nothing(world: World) -> None:
    orchestrated(world)
    bench = world.bench
    place = bench.project.paths.state / "orchestrations" / "nightly"
    bench.project.paths.state.mkdir()
    place.parent.mkdir()
    with holding(place, bench.holder(), lambda _: StateLocked("taken")):
        due = world.clock.now()
        world.clock.advance(1)
        with closing(open_database(bench.project.paths.state / "state.sqlite")) as connection:
            # The other one looked at the same moment, and has begun while this one waited for the lock.
            real = bench.clock.now()
            original = orchestrate.holding

            def slow(*arguments: Any) -> Any:
                begin_occasion(connection, "nightly", due, real)
                return original(*arguments)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(orchestrate, "holding", slow)
                assert run(world, DUE).ending is Ending.NOT_DUE
            assert last_skipped(connection, "nightly") is None


def test_begun_by_hand_beside_one_that_is_going_is_refused_too(world: World) -> None:
    bench = orchestrated(world).bench
    bench.project.paths.state.mkdir()
    place = bench.project.paths.state / "orchestrations" / "nightly"
    place.parent.mkdir()
    with (
        holding(place, bench.holder(), lambda _: StateLocked("taken")),
        pytest.raises(StateLocked, match="Nothing was begun"),
    ):
        run(world)


def test_times_that_come_while_it_is_going_are_counted_and_passed_over(world: World) -> None:
    orchestrated(world)
    world.listener.on_stage["remembering what Zendesk acknowledged"] = lambda: world.clock.advance(2 * 3600)
    report = run(world)
    assert report.overlapped == 2
    assert run(world, DUE).ending is Ending.NOT_DUE
    world.clock.advance(3600)
    assert run(world, DUE).due_at == world.clock.now().replace(minute=0, second=0, microsecond=0)


def test_what_is_due_is_written_down_with_its_time(world: World) -> None:
    orchestrated(world)
    world.clock.advance(60)
    report = run(world, DUE)
    assert report.due_at is not None
    assert report.due_at.isoformat() == "2026-11-22T12:00:00+00:00"
    assert report.next_at == report.due_at + timedelta(hours=1)


def test_a_draft_is_refused_before_anything_is_sent(world: World) -> None:
    orchestrated(world)
    world.write(THIRD, f"-- zdpipe: draft=yes\n{SQL}")
    with pytest.raises(UsageProblem) as caught:
        run(world)
    assert caught.value.code == "draft"
    assert "[orchestrations.nightly]" in caught.value.hint
    assert list_runs(world.bench) == []
    (overview,) = list_orchestrations(world.bench)
    assert overview.last is not None
    assert overview.last.ending is Ending.FAILED


def test_a_query_that_is_missing_is_told_before_anything_is_sent(world: World) -> None:
    orchestrated(world, queries=(FIRST, "queries/none.sql"))
    with pytest.raises(ProjectError, match=r"none\.sql"):
        run(world)
    assert list_runs(world.bench) == []


def test_its_own_guards_rule_and_its_command_lets_them_pass(world: World) -> None:
    orchestrated(world, "guards = { updated = 40 }\n", queries=(FIRST,))
    run(world)
    world.many(30, city="Bergen")
    refused = run(world)
    (step,) = refused.steps
    assert step.report is not None
    assert step.report.was_refused
    assert step.stop is not None
    assert step.stop.hint.endswith("with: zdpipe orchestrations run nightly --resume --allow updated")
    report = run(world, Order(resumes=True, allow=frozenset({Guard.UPDATED})))
    assert (report.ending, outcomes(report)) == (Ending.SUCCEEDED, [Outcome.SUCCEEDED])


def test_looser_guards_let_pass_what_the_projects_refuse(world: World) -> None:
    orchestrated(world, "guards = { updated = 100 }\n", queries=(FIRST,))
    run(world)
    world.many(30, city="Bergen")
    assert run(world).ending is Ending.SUCCEEDED


def stopping(_: int) -> None:
    raise KeyboardInterrupt


def test_a_run_that_is_resumed_alone_keeps_the_guards_of_its_orchestration(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    orchestrated(world, "guards = { updated = 100 }\n", queries=(FIRST,))
    run(world)
    world.many(30, city="Bergen")

    monkeypatch.setattr(world.listener, "rows_read", stopping)
    stopped = run(world)
    monkeypatch.undo()
    assert stopped.ending is Ending.INTERRUPTED
    assert world.resume(stopped.runs[0].run_id).outcome is Outcome.SUCCEEDED
    assert run(world, RESUME).ending is Ending.SUCCEEDED


def test_a_canary_goes_first(world: World) -> None:
    orchestrated(world, "canary = 2\n", queries=(FIRST,))
    report = run(world)
    assert report.runs[0].canary is not None
    assert (report.runs[0].canary.asked, report.runs[0].canary.fate) == (2, Fate.PASSED)


def test_another_way_to_write_a_path_is_the_same_query(world: World) -> None:
    orchestrated(world, queries=(f"./{FIRST}",))
    assert outcomes(run(world)) == [Outcome.SUCCEEDED]


def test_an_unknown_name_is_refused(world: World) -> None:
    orchestrated(world)
    with pytest.raises(UsageProblem) as caught:
        run_orchestration(world.bench, "daily", Order())
    assert caught.value.code == "no_orchestration"


def test_the_list_tells_when_it_is_due_and_how_it_went(world: World) -> None:
    orchestrated(world, 'timezone = "Europe/Oslo"\n')
    (overview,) = list_orchestrations(world.bench)
    assert (overview.last, overview.skipped) == (None, None)
    assert [time.isoformat() for time in overview.next_times][:2] == [
        "2026-11-22T14:00:00+01:00",
        "2026-11-22T15:00:00+01:00",
    ]
    assert len(overview.changes) == 2
    run(world)
    (overview,) = list_orchestrations(world.bench)
    assert overview.last is not None
    assert overview.last.ending is Ending.SUCCEEDED
    assert overview.as_json()["last"] == overview.last.as_json()


def test_no_file_of_it_may_be_read_by_others(world: World, tmp_path: Path) -> None:
    run(orchestrated(world))
    folder = world.folder / ".zdpipe" / "orchestrations"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} <= {0o600}
