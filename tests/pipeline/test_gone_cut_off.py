"""Stopped anywhere between the plan and the end: everybody who is gone is taken care of, and once."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.delivery.unruly import (
    PowerCut,
    Trouble,
    answering,
    cut_power_after,
    cut_power_before,
    editing_jobs,
    failing_behind,
    forget_jobs,
    lose_answer,
    lose_request,
)
from tests.pipeline.leaving import act, people, seen, user
from tests.pipeline.test_power_cut import power_cut
from tests.pipeline.world import World
from zdpipe.errors import Interrupted
from zdpipe.model.guard import Guard
from zdpipe.model.run import Outcome, RunReport
from zdpipe.pipeline.history import list_runs, show_run

ACTIONS = ("blank", "tag", "suspend", "delete")
STAYS = 1
LEAVE = (2, 3, 4)
# So often a run that has only people to take leave of commits.
COMMITS = {"tag": 13, "delete": 16}


def is_done(world: World, action: str, number: int) -> bool:
    found = user(world, number)
    match action:
        case "blank":
            return found is not None and found["user_fields"]["city"] is None
        case "tag":
            return found is not None and found["tags"] == ["gone", "vip"]
        case "suspend":
            return found is not None and found["suspended"] is True
        case _:
            return found is None


def check_all_done(world: World, action: str) -> None:
    """Whoever left was taken care of once, whoever stays was not touched, and who returns is as before."""
    assert all(is_done(world, action, number) for number in LEAVE)
    assert not is_done(world, action, STAYS)
    runs = list_runs(world.bench)
    for run in runs:
        run.counts.check_conservation()
        assert run.finished_at
    done = sum(run.farewells.gone.get("done", 0) for run in runs)
    assert (done, world.run().gone) == (len(LEAVE), 0)
    world.customers(people(STAYS, *LEAVE))
    back = world.run()
    assert back.counts.created + back.counts.updated == len(LEAVE)
    for number in LEAVE:
        found = seen(world, number)
        assert (found["user_fields"]["city"], found["suspended"]) == ("Oslo", False)
        assert found["tags"] == ([] if action == "delete" else ["vip"])
    assert world.run().counts.unchanged == 1 + len(LEAVE)


@pytest.fixture
def left(world: World) -> World:
    world.customers(people(STAYS, *LEAVE))
    world.run()
    for number in (STAYS, *LEAVE):
        world.clock.advance(2)  # Zendesk takes one such request a second
        world.act("PUT", f"/api/v2/users/{seen(world, number)['id']}", {"user": {"tags": ["vip"]}})
    world.customers(people(STAYS))
    return world


CUTS = [
    (action, commit, then)
    for then, step in (("resume", 1), ("run", 3))
    for action, commits in COMMITS.items()
    for commit in range(2, commits + 1, step)
]


@pytest.mark.crash
@pytest.mark.parametrize(("action", "commit", "then"), CUTS)
def test_cut_off_at_a_commit(
    left: World, monkeypatch: pytest.MonkeyPatch, action: str, commit: int, then: str
) -> None:
    act(left, action, tag="gone")
    with power_cut(monkeypatch, commit, before=commit % 2 == 0), pytest.raises(PowerCut):
        left.run()
    go_on(left, then)
    check_all_done(left, action)


def go_on(world: World, how: str) -> RunReport:
    newest = show_run(world.bench)
    if how == "resume" and newest.finished_at is None:
        resumed: RunReport = world.resume()
        return resumed
    report: RunReport = world.run()
    return report


@pytest.mark.parametrize("action", COMMITS)
def test_there_is_no_further_commit(left: World, monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    act(left, action, tag="gone")
    with power_cut(monkeypatch, COMMITS[action] + 1, before=True):
        assert left.run().farewells.gone == {"done": 3}


@pytest.mark.crash
@pytest.mark.parametrize("then", ["resume", "run"])
@pytest.mark.parametrize("cut", [cut_power_before, cut_power_after])
@pytest.mark.parametrize("action", ACTIONS)
def test_cut_off_at_the_deed(left: World, action: str, cut: Trouble, then: str) -> None:
    act(left, action, tag="gone")
    left.network.on_deed = {2 if action == "delete" else 1: cut}
    with pytest.raises(PowerCut):
        left.run()
    go_on(left, then)
    check_all_done(left, action)


@pytest.mark.parametrize("then", ["resume", "run"])
@pytest.mark.parametrize("action", ["blank", "tag", "suspend"])
def test_cut_off_while_a_job_runs(left: World, action: str, then: str) -> None:
    act(left, action, tag="gone")
    left.network.on_poll = {left.network.polls + 1: cut_power_after}
    with pytest.raises(PowerCut):
        left.run()
    go_on(left, then)
    check_all_done(left, action)


@pytest.mark.parametrize(
    "trouble",
    [lose_answer, lose_request, failing_behind(502), answering(429, Retry_After="3"), answering(503)],
)
@pytest.mark.parametrize("action", ACTIONS)
def test_an_answer_that_is_lost(left: World, action: str, trouble: Trouble) -> None:
    act(left, action, tag="gone")
    left.network.on_deed = {1: trouble}
    assert left.run().farewells.gone == {"done": 3}
    check_all_done(left, action)


@pytest.mark.parametrize(
    "trouble", [forget_jobs, editing_jobs(lambda jobs: [job.update(results=None) for job in jobs])]
)
def test_results_that_are_lost_are_read_from_the_account(left: World, trouble: Trouble) -> None:
    act(left, "tag", tag="gone")
    first = left.network.polls + 1
    left.network.on_poll = dict.fromkeys(range(first, first + 3), trouble)
    assert left.run().farewells.gone == {"done": 3}
    check_all_done(left, "tag")


@pytest.mark.crash
@pytest.mark.parametrize("then", ["resume", "run"])
@pytest.mark.parametrize("action", ACTIONS)
def test_stopped_by_a_person(left: World, action: str, then: str) -> None:
    act(left, action, tag="gone")

    def stop() -> None:
        left.interrupt(1)

    left.listener.on_stage = {"taking care of customers who are gone or back": stop}
    stopped = left.run()
    assert stopped.outcome is Outcome.INTERRUPTED
    assert stopped.stop.code == Interrupted.code
    assert stopped.farewells.gone.get("pending", 0) > 0
    go_on(left, then)
    check_all_done(left, action)


def refusing(is_refused: Callable[[str], bool]) -> Trouble:
    def answer(request: httpx.Request, handle: Callable[[httpx.Request], httpx.Response]) -> httpx.Response:
        told = request.read().decode() + request.url.path
        return (
            httpx.Response(422, text="This user cannot be changed") if is_refused(told) else handle(request)
        )

    return answer


@pytest.mark.parametrize("action", ACTIONS)
def test_whom_zendesk_refuses_fails_alone_and_is_tried_again(left: World, action: str) -> None:
    act(left, action, tag="gone")
    refused = str(seen(left, 3)["id"])
    left.network.on_deed = dict.fromkeys(range(1, 20), refusing(lambda told: refused in told))
    run = left.run()
    assert run.farewells.gone == {"done": 2, "failed": 1}
    assert run.outcome is Outcome.PARTIAL
    left.network.on_deed = {}
    again = left.run()
    assert (again.gone, again.farewells.gone) == (1, {"done": 1})
    check_all_done(left, action)


def test_a_refusal_of_the_account_stops_the_run(left: World) -> None:
    act(left, "suspend")
    left.network.on_deed = {1: answering(403)}
    stopped = left.run()
    assert (stopped.outcome, stopped.farewells.gone) == (Outcome.FAILED, {"pending": 3})
    assert "zdpipe resume" in stopped.stop.hint
    assert left.resume().farewells.gone == {"done": 3}
    check_all_done(left, "suspend")


def test_of_a_run_that_is_replaced_nothing_is_done_any_more(left: World) -> None:
    act(left, "delete")
    left.network.on_deed = {1: answering(403)}
    left.run()
    left.customers(people(STAYS, *LEAVE))
    replaced, run = left.run(), None
    assert replaced.gone == 0
    assert all(user(left, number) is not None for number in LEAVE)
    run = list_runs(left.bench)[1]
    assert (run.outcome, run.farewells.gone) == (Outcome.SUPERSEDED, {"not_sent": 3})


def test_more_than_one_request_takes_them_all(world: World) -> None:
    world.many(250)
    world.run()
    world.many(10)
    act(world, "suspend")
    run = world.run(allow=Guard.GONE)
    assert run.farewells.gone == {"done": 240}
    assert run.jobs == 3
    assert world.run().gone == 0


def test_who_was_in_no_lost_request_is_not_said_to_be_deleted(world: World) -> None:
    world.customers(people(1, 2, 3, 4))
    world.run()
    act(world, "delete")
    world.customers(people(1, 2))
    world.network.on_deed[1] = cut_power_after
    with pytest.raises(PowerCut):
        world.run()
    fourth = seen(world, 4)["id"]
    world.act("PUT", f"/api/v2/users/{fourth}", {"user": {"external_id": "theirs"}})
    assert world.resume().farewells.gone == {"done": 1, "not_in_account": 1}
    assert world.ask(f"/api/v2/users/{fourth}")["user"]["active"]


def test_who_is_there_under_another_key_is_not_said_to_be_deleted(world: World) -> None:
    world.customers(people(1, 2, 3))
    world.run()
    act(world, "delete")
    world.customers(people(1, 2))
    world.network.on_deed[1] = cut_power_before
    with pytest.raises(PowerCut):
        world.run()
    third = seen(world, 3)["id"]
    world.act("PUT", f"/api/v2/users/{third}", {"user": {"external_id": "theirs"}})
    assert world.resume().farewells.gone == {"not_in_account": 1}
    assert world.ask(f"/api/v2/users/{third}")["user"]["active"]
