"""A known customer's new address: added, or made the primary one."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.delivery.unruly import Handle, PowerCut, lose_answer
from tests.pipeline.world import QUERY, World
from zdpipe.model.run import Counts, Outcome
from zdpipe.pipeline.plan import plan_query
from zdpipe.pipeline.retry import retry_run


@pytest.fixture
def promoting(world: World) -> World:
    world.lift_guards()
    say(world, '[identity]\non_email_change = "make-primary"')
    return world


def say(world: World, text: str) -> None:
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


def customers(world: World, *people: tuple[str, str | None]) -> None:
    world.customers([(key, "Name", email, "Oslo") for key, email in people])


def user(world: World, key: str) -> Any:
    return world.ask(f"/api/v2/users/show_many?external_ids={key}")["users"][0]


def emails(world: World, key: str) -> tuple[str, set[str]]:
    """Return the primary address and all of them."""
    found = world.ask(f"/api/v2/users/{user(world, key)['id']}/identities")["identities"]
    return user(world, key)["email"], {one["value"] for one in found}


def on_promotion(world: World, trouble: Any) -> list[str]:
    """Let trouble befall every call that makes an address primary; return the calls that were made."""
    made: list[str] = []
    inner = world.network._pass

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/make_primary"):
            made.append(request.url.path)
            if trouble is not None:
                return trouble(request, inner)
        return inner(request)

    world.network._pass = handle
    return made


def test_the_new_address_leads_and_the_old_one_stays(promoting: World) -> None:
    customers(promoting, ("k1", "a@example.com"), ("k2", "b@example.com"))
    promoting.run()
    customers(promoting, ("k1", "new@example.com"), ("k2", "b@example.com"))
    plan = plan_query(promoting.bench, QUERY)
    before = promoting.stats["requests"]
    run = promoting.run()
    assert run.counts == plan.counts == Counts(read=2, unchanged=1, updated=1)
    assert plan.columns["email"] == 1
    assert run.requests == promoting.stats["requests"] - before
    assert emails(promoting, "k1") == ("new@example.com", {"a@example.com", "new@example.com"})
    assert emails(promoting, "k2")[0] == "b@example.com"
    assert promoting.run().counts == Counts(read=2, unchanged=2)


def test_by_default_zendesk_keeps_the_old_one_and_the_option_makes_up_for_it(world: World) -> None:
    world.lift_guards()
    customers(world, ("k1", "a@example.com"))
    world.run()
    customers(world, ("k1", "new@example.com"))
    world.run()
    assert emails(world, "k1")[0] == "a@example.com"
    assert world.run().counts.unchanged == 1
    say(world, '[identity]\non_email_change = "make-primary"')
    plan = plan_query(world.bench, QUERY)
    assert (plan.counts.updated, plan.columns["email"]) == (1, 1)
    assert world.run().counts.updated == 1
    assert emails(world, "k1")[0] == "new@example.com"
    assert world.run().counts.unchanged == 1


def test_an_address_that_comes_back_leads_again(promoting: World) -> None:
    for address in ("a@example.com", "b@example.com", "a@example.com"):
        customers(promoting, ("k1", address))
        promoting.run()
        assert emails(promoting, "k1")[0] == address
    assert promoting.run().counts.unchanged == 1


def test_who_is_new_and_who_had_no_address_takes_no_further_call(promoting: World) -> None:
    made = on_promotion(promoting, None)
    customers(promoting, ("k1", "a@example.com"), ("k2", None))
    promoting.run()
    customers(promoting, ("k1", "a@example.com"), ("k2", "b@example.com"))
    promoting.run()
    assert emails(promoting, "k2")[0] == "b@example.com"
    assert made == []


def test_of_several_rows_the_lead_alone_decides(promoting: World) -> None:
    customers(promoting, ("k1", "a@example.com"))
    promoting.run()
    promoting.customers([("k1", "Name", "z@example.com", "Oslo"), ("k1", "Name", "a@example.com", "Oslo")])
    promoting.run()
    assert emails(promoting, "k1") == ("a@example.com", {"a@example.com", "z@example.com"})
    promoting.customers([("k1", "Name", "y@example.com", "Oslo"), ("k1", "Name", "z@example.com", "Oslo")])
    promoting.run()
    assert emails(promoting, "k1")[0] == "y@example.com"
    assert promoting.run().counts == Counts(read=2, unchanged=2)


@pytest.mark.parametrize("trouble", ["before", "after"])
def test_a_run_that_is_cut_off_there_is_finished_by_resume(promoting: World, trouble: str) -> None:
    customers(promoting, ("k1", "a@example.com"), ("k2", "b@example.com"))
    promoting.run()
    customers(promoting, ("k1", "new@example.com"), ("k2", "fresh@example.com"))

    def cut(request: httpx.Request, handle: Handle) -> httpx.Response:
        if trouble == "after":
            handle(request)
        raise PowerCut

    inner = promoting.network._pass
    on_promotion(promoting, cut)
    with pytest.raises(PowerCut):
        promoting.run()
    promoting.network._pass = inner
    made = on_promotion(promoting, None)
    run = promoting.resume()
    assert (run.counts, run.outcome) == (Counts(read=2, updated=2), Outcome.SUCCEEDED)
    assert len(made) == (1 if trouble == "after" else 2)
    assert [emails(promoting, key)[0] for key in ("k1", "k2")] == ["new@example.com", "fresh@example.com"]
    assert promoting.run().counts.unchanged == 2


def test_a_new_run_finishes_what_a_cut_off_one_began(promoting: World) -> None:
    customers(promoting, ("k1", "a@example.com"))
    promoting.run()
    customers(promoting, ("k1", "new@example.com"))

    def cut(*_: Any) -> httpx.Response:
        raise PowerCut

    inner = promoting.network._pass
    on_promotion(promoting, cut)
    with pytest.raises(PowerCut):
        promoting.run()
    promoting.network._pass = inner
    assert promoting.run().counts.unchanged == 1
    assert emails(promoting, "k1")[0] == "new@example.com"


def test_a_lost_answer_is_asked_for_again(promoting: World) -> None:
    customers(promoting, ("k1", "a@example.com"))
    promoting.run()
    customers(promoting, ("k1", "new@example.com"))
    troubles = [lose_answer]
    made = on_promotion(
        promoting, lambda request, handle: troubles.pop()(request, handle) if troubles else handle(request)
    )
    assert promoting.run().counts.updated == 1
    assert (len(made), emails(promoting, "k1")[0]) == (1, "new@example.com")


def refused(status: int, words: str) -> Any:
    return lambda request, handle: httpx.Response(status, json={"error": "Nope", "description": words})


def test_who_is_refused_fails_with_a_code_and_is_tried_again(promoting: World) -> None:
    customers(promoting, ("k1", "a@example.com"), ("k2", "b@example.com"))
    promoting.run()
    promoting.customers(
        [
            ("k1", "Name", "new@example.com", "Rome"),
            ("k1", "Name", "third@example.com", "Rome"),
            ("k2", "Name", "b@example.com", "Rome"),
        ]
    )
    inner = promoting.network._pass
    on_promotion(promoting, refused(422, "not verified"))
    run = promoting.run()
    assert (run.counts.failed, run.counts.updated, run.outcome) == (1, 2, Outcome.PARTIAL)
    assert run.failures == {"primary_refused": 1}
    assert emails(promoting, "k1") == (
        "a@example.com", {"a@example.com", "new@example.com", "third@example.com"}
    )  # fmt: skip
    promoting.network._pass = inner
    promoting.clock.advance(1)
    assert retry_run(promoting.bench, run.run_id).counts.updated == 1
    assert emails(promoting, "k1")[0] == "new@example.com"
    assert promoting.run().counts.unchanged == 3


def test_a_token_that_may_not_stops_the_run_and_resume_goes_on(promoting: World) -> None:
    customers(promoting, ("k1", "a@example.com"))
    promoting.run()
    customers(promoting, ("k1", "new@example.com"))
    inner = promoting.network._pass
    on_promotion(promoting, refused(403, "You are missing the following required scopes: write"))
    run = promoting.run()
    assert (run.counts.pending, run.stop.code, run.stop.exit_code) == (1, "scope", 4)
    promoting.network._pass = inner
    assert promoting.resume().counts.updated == 1
    assert emails(promoting, "k1")[0] == "new@example.com"


def test_whoever_became_one_of_the_staff_is_left_alone(promoting: World) -> None:
    customers(promoting, ("k1", "a@example.com"))
    promoting.run()
    customers(promoting, ("k1", "new@example.com"))

    def hire(request: httpx.Request) -> None:
        if "job_statuses" in request.url.path:
            promoting.network.on_request = None
            promoting.clock.advance(5)
            promoting.act("PUT", f"/api/v2/users/{user(promoting, 'k1')['id']}", {"user": {"role": "agent"}})

    promoting.network.on_request = hire
    run = promoting.run()
    assert run.failures == {"primary_refused": 1}
    assert emails(promoting, "k1")[0] == "a@example.com"


def test_everybody_is_forecast_and_counted_with_full(promoting: World) -> None:
    customers(promoting, *((f"k{n}", f"a{n}@example.com") for n in range(30)))
    promoting.run()
    customers(promoting, *((f"k{n}", f"b{n}@example.com") for n in range(30)))
    plan = plan_query(promoting.bench, QUERY, full=True)
    assert plan.forecast.requests == 31
    run = promoting.run(full=True)
    assert run.counts == plan.counts
    assert {emails(promoting, f"k{n}")[0] for n in range(30)} == {f"b{n}@example.com" for n in range(30)}
