"""A few go first: everybody else follows by itself, or waits."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.delivery.unruly import answering, lose_answer
from tests.pipeline.retrying import check_dates, people
from tests.pipeline.world import QUERY, SQL, World
from zdpipe.errors import Interrupted
from zdpipe.model.canary import Canary, Fate
from zdpipe.model.guard import Guard, Ruling
from zdpipe.model.run import Counts, Outcome
from zdpipe.model.wish import Wish
from zdpipe.pipeline.history import show_run
from zdpipe.pipeline.plan import plan_query
from zdpipe.pipeline.run import run_query
from zdpipe.pipeline.verify import verify_run

UNKNOWN = SQL.replace("user_fields.city", "user_fields.town")


def sizes(world: World) -> list[int]:
    return [len(users) for users in world.network.writes]


def names(world: World) -> list[str]:
    return [str(user["external_id"]) for users in world.network.writes for user in users]


def test_so_many_go_first_and_the_others_follow(world: World) -> None:
    world.many(450)
    polls: list[int] = []
    world.network.on_request = lambda request: (
        polls.append(len(world.network.writes)) if _is_read(request) else None
    )
    run = world.run(canary=130)
    assert run.counts == Counts(read=450, created=450)
    assert (run.outcome, run.canary) == (Outcome.SUCCEEDED, Canary(130, 130, 2, Fate.PASSED))
    assert sizes(world) == [100, 30, 100, 100, 100, 20]
    assert 2 in polls  # read back before the third batch left
    assert len(set(names(world))) == 450
    assert sorted(names(world)[:130]) != sorted(f"id-{n}" for n in range(130))  # by lot
    assert run.as_json()["canary"] == {"asked": 130, "people": 130, "fate": "passed"}
    assert world.run(canary=130).counts == Counts(read=450, unchanged=450)


def _is_read(request: httpx.Request) -> bool:
    return request.url.path.endswith("/users/show_many")


def test_nothing_else_leaves_before_the_canary_was_read_back(world: World) -> None:
    world.many(300)
    order: list[str] = []

    def note(request: httpx.Request) -> None:
        kind = "write" if request.method == "POST" else "read" if _is_read(request) else "poll"
        order.append(kind)

    world.network.on_request = note
    world.run(canary=10)
    writes = [place for place, kind in enumerate(order) if kind == "write"]
    assert "poll" in order[writes[0] : writes[1]]
    assert "read" in order[writes[0] : writes[1]]
    assert "read" not in order[writes[1] :]


def test_the_canary_has_all_addresses_of_its_people(world: World) -> None:
    rows = [
        (f"id-{n}", f"Customer {n}", f"{word}{n}@example.com", "Oslo") for n in range(8) for word in "abc"
    ]
    world.customers(rows)
    run = world.run(canary=3)
    assert (run.canary.people, run.canary.batches, run.counts.pending) == (3, 3, 0)
    first = {name for users in world.network.writes[:3] for name in (user["external_id"] for user in users)}
    rest = {name for users in world.network.writes[3:] for name in (user["external_id"] for user in users)}
    assert (len(first), len(rest)) == (3, 5)
    assert not first & rest
    assert run.counts == Counts(read=24, created=8, updated=16)


def test_fewer_people_than_asked_for_are_all_canary(world: World) -> None:
    world.many(7)
    run = world.run(canary=100)
    assert (run.canary, run.counts.created) == (Canary(100, 7, 1, Fate.PASSED), 7)
    assert world.run(canary=100).canary == Canary(100, 0, 0, Fate.PASSED)


def test_values_that_are_not_there_stop_the_run(world: World) -> None:
    world.write(QUERY, UNKNOWN)
    world.many(250)
    run = world.run(canary=20)
    assert run.counts == Counts(read=250, created=20, pending=230)
    assert (run.outcome, run.finished_at, run.canary.fate) == (Outcome.FAILED, None, Fate.FAILED)
    assert (run.stop.code, run.stop.exit_code) == ("canary", 4)
    assert run.stop.message == (
        "The canary of 20 customers is not as it should be (values that never arrived: 20)."
        " The other 230 rows were not sent."
    )
    assert "zdpipe run queries/users.sql --canary 20" in run.stop.hint
    assert run.stop.hint.endswith(f"Continue with: zdpipe resume {run.run_id}")
    assert verify_run(world.bench, run.run_id).tally.missed == 20
    assert show_run(world.bench).canary.fate is Fate.FAILED


def test_whoever_resumes_a_run_that_stopped_sends_the_rest(world: World) -> None:
    world.write(QUERY, UNKNOWN)
    world.many(250)
    run = world.run(canary=20)
    done = world.resume(run.run_id)
    assert (done.outcome, done.counts) == (Outcome.SUCCEEDED, Counts(read=250, created=250))
    assert (done.canary.fate, done.resumes) == (Fate.WAIVED, 1)


def test_a_new_run_plans_anew_after_a_canary_that_stopped(world: World) -> None:
    world.write(QUERY, UNKNOWN)
    world.many(250)
    first = world.run(canary=20)
    world.write(QUERY, SQL)
    second = world.run(canary=20)
    assert show_run(world.bench, first.run_id).outcome is Outcome.SUPERSEDED
    assert second.counts == Counts(read=250, created=230, updated=20)
    assert second.canary.fate is Fate.PASSED


def test_whoever_others_changed_meanwhile_stops_it_too(world: World) -> None:
    world.many(50)

    def meddle(request: httpx.Request) -> None:
        if _is_read(request) and world.network.writes:
            world.network.on_request = None
            world.clock.advance(2)
            key = world.network.writes[0][0]["external_id"]
            (user,) = world.ask(f"/api/v2/users/show_many?external_ids={key}")["users"]
            world.act("PUT", f"/api/v2/users/{user['id']}", {"user": {"name": "Somebody"}})

    world.network.on_request = meddle
    run = world.run(canary=5)
    assert "values that others changed: 1" in run.stop.message


@pytest.mark.parametrize(("bad", "fate"), [(10, Fate.PASSED), (11, Fate.FAILED)])
def test_some_may_fail_for_data_of_their_own(world: World, bad: int, fate: Fate) -> None:
    """Addresses of others fail as email_taken; as many may as rows may be rejected, 10 %."""
    world.lift_guards()
    settings = world.folder / "zdpipe.toml"
    settings.write_text(settings.read_text().replace("rejected = 100", "rejected = 10"))
    for number in range(bad):
        owner = {"name": "Owner", "email": f"c{number}@example.com", "external_id": f"other-{number}"}
        world.tell("/api/v2/users", {"user": owner | {"skip_verify_email": True}})
    world.customers([(f"id-{n}", f"Customer {n}", f"c{n}@example.com", "Oslo") for n in range(100)])
    run = world.run(canary=100)
    assert (run.counts.failed, run.failures, run.canary.fate) == (bad, {"email_taken": bad}, fate)
    assert (run.outcome, run.stop) == (Outcome.PARTIAL, None)  # nobody was left to be stopped


def test_one_who_fails_for_another_reason_stops_it(world: World) -> None:
    check_dates(world)
    world.customers(list(people(60, *range(60)).values()))
    run = world.run(canary=5)
    assert "failed as other: 5" in run.stop.message
    assert run.counts == Counts(read=60, failed=5, pending=55)


def test_a_run_that_is_all_canary_and_not_there_is_done_and_says_so(world: World) -> None:
    world.write(QUERY, UNKNOWN)
    world.many(5)
    run = world.run(canary=20)
    assert (run.outcome, run.stop, run.canary.fate) == (Outcome.SUCCEEDED, None, Fate.FAILED)
    assert world.resume(run.run_id).canary.fate is Fate.FAILED


@pytest.mark.parametrize("sleep", range(1, 8))
def test_a_canary_that_was_interrupted_goes_on_as_one(world: World, sleep: int) -> None:
    world.write(QUERY, UNKNOWN)
    world.many(250)
    world.interrupt(sleep)
    run: Any = world.run(canary=20)
    if run.outcome is Outcome.INTERRUPTED:
        run = world.resume()
    assert (run.stop.code, run.counts.pending) == ("canary", 230)


@pytest.mark.parametrize("stage", ["reading", "comparing"])
def test_a_plan_that_was_stopped_keeps_its_canary(world: World, stage: str) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    world.write(QUERY, UNKNOWN)
    world.many(250)
    world.listener.on_stage[stage] = stop
    with pytest.raises(Interrupted):
        world.run(canary=20)
    assert show_run(world.bench).canary == Canary(20)
    assert world.resume().stop.code == "canary"


def test_an_account_that_cannot_be_read_lets_nobody_pass(world: World) -> None:
    world.many(250)
    world.network.on_request = lambda request: _forbid(world, request)
    run = world.run(canary=20)
    assert (run.stop.exit_code, run.counts.created, run.canary.fate) == (4, 20, Fate.WAITING)
    world.network.on_request, world.network.on_read = None, {}
    done = world.resume()
    assert (done.counts.created, done.canary.fate) == (250, Fate.PASSED)


def _forbid(world: World, request: httpx.Request) -> None:
    if world.network.writes:
        world.network.on_read = {world.network.reads + 1: answering(403, {"error": "Forbidden"})}


def test_a_canary_that_is_lost_on_the_way_is_settled_first(world: World) -> None:
    world.many(250)
    world.network.on_write = {1: lose_answer}
    run = world.run(canary=20)
    assert (run.counts.created, run.canary.fate) == (250, Fate.PASSED)


def test_nobody_asks_who_is_gone(world: World) -> None:
    world.many(200)
    world.run()
    world.many(150)
    run = world.run(canary=10, full=True)
    assert (run.gone, run.counts.updated) == (0, 150)
    assert {each.guard: each.ruling for each in run.guards}[Guard.GONE] is Ruling.LATER
    refused = world.run()  # the fifty left since the last run that asked
    assert refused.was_refused
    assert [each.part for each in refused.guards if each.guard is Guard.GONE] == [50]


def test_a_sealed_plan_may_have_a_canary(world: World) -> None:
    world.many(250)
    seal = plan_query(world.bench, QUERY, seal=True).seal
    assert seal is not None
    path = world.write("plan.seal", seal.as_text())
    run = run_query(world.bench, QUERY, Wish(canary=20), sealed=path)
    assert (run.counts.created, run.canary) == (250, Canary(20, 20, 1, Fate.PASSED))


def test_the_pace_is_that_of_sending(world: World) -> None:
    world.many(2_000)
    run = world.run(canary=100)
    assert run.users_per_second > 90
    world.many(2_000, city="Rome")
    plain = world.run(allow=Guard.UPDATED)
    assert run.seconds < plain.seconds + 5
