"""The command that does a run's errand once more, where an orchestration began it."""

from __future__ import annotations

from tests.pipeline.test_canary import UNKNOWN
from tests.pipeline.test_orchestrate import FIRST, SECOND, orchestrated, run
from tests.pipeline.world import World
from zdpipe.model.cause import cause_of
from zdpipe.model.orchestration import OrchestrationReport
from zdpipe.model.run import Outcome, RunReport
from zdpipe.pipeline.history import show_run

ANEW, GOING_ON = "zdpipe orchestrations run nightly", "zdpipe orchestrations run nightly --resume"


def first_of(world: World, report: OrchestrationReport) -> RunReport:
    return show_run(world.bench, report.runs[0].run_id)


def test_a_canary_that_stopped_it_is_never_waived_by_running_once_more(world: World) -> None:
    orchestrated(world, "canary = 2\n", queries=(FIRST, SECOND))
    world.write(FIRST, UNKNOWN)
    stopped = first_of(world, run(world))
    assert stopped.stop is not None
    assert stopped.stop.code == "canary"
    assert f"plan anew with `{ANEW}`" in stopped.stop.hint
    assert stopped.again == ANEW


def test_a_run_that_could_go_on_is_planned_anew(world: World) -> None:
    world.destinations(pace=1)
    orchestrated(world)
    world.interrupt(20)
    left = next(one for one in run(world).runs if one.finished_at is None)
    assert show_run(world.bench, left.run_id).again == ANEW


def test_one_that_is_through_is_not_left_alone(world: World) -> None:
    done = first_of(world, run(orchestrated(world)))
    assert (done.outcome, done.again) == (Outcome.SUCCEEDED, ANEW)


def test_one_that_was_refused_goes_on_with_its_night(world: World) -> None:
    orchestrated(world, "guards = { updated = 40 }\n", queries=(FIRST,))
    run(world)
    world.many(30, city="Bergen")
    refused = first_of(world, run(world))
    assert refused.again == GOING_ON
    cause = cause_of(refused)
    assert cause is not None
    assert f"{GOING_ON} --allow updated" in {action.command for action in cause.actions}


def test_the_command_is_about_the_query_alone_once_the_orchestration_lacks_it(world: World) -> None:
    toml = (world.folder / "zdpipe.toml").read_text()
    report = run(orchestrated(world, queries=(FIRST,)))
    assert first_of(world, report).again == ANEW
    for without in ("", f"[orchestrations.nightly]\nqueries = ['{SECOND}']\n"):
        world.write("zdpipe.toml", f"{toml}\n{without}")
        alone = first_of(world, report)
        assert (alone.again, alone.is_on_program) == (f"zdpipe run {FIRST}", False)
