"""Troubles that other integrations ran into, met by a whole run."""

from __future__ import annotations

import httpx
import pytest

from tests.delivery.unruly import answering, editing_jobs
from tests.pipeline.world import World
from zdpipe.model.run import Counts, Outcome

ONE_USER_A_SECOND = "You have exceeded the rate limit for updating a single unique user. Try again later."


def only_user(world: World) -> dict[str, object]:
    (user,) = world.ask("/api/v2/users?role=end-user")["users"]
    return dict(user)


def addresses(world: World) -> dict[str, bool]:
    """Return the addresses of the only user, and whether each is the primary one."""
    found = world.ask(f"/api/v2/users/{only_user(world)['id']}/identities")["identities"]
    return {identity["value"]: identity["primary"] for identity in found}


def test_a_changed_address_is_added_once_and_remembered(world: World) -> None:
    world.customers([("id-1", "Jane", "old@example.com", None)])
    world.run()
    world.customers([("id-1", "Jane", "new@example.com", None)])
    assert world.run().counts == Counts(read=1, updated=1)
    assert addresses(world) == {"old@example.com": True, "new@example.com": False}
    assert world.stats["verification_mails"] == 0
    assert world.run().counts == Counts(read=1, unchanged=1)
    world.customers([("id-1", "Jane", "old@example.com", None)])
    assert world.run().counts == Counts(read=1, unchanged=1)


def test_nobody_gets_mail_and_only_the_bulk_endpoint_is_written_to(world: World) -> None:
    written: list[str] = []
    world.network.on_request = lambda request: (
        written.append(request.url.path) if request.method != "GET" else None
    )
    world.many(250)
    assert world.run().counts == Counts(read=250, created=250)
    assert world.stats["verification_mails"] == 0
    assert written == ["/api/v2/users/create_or_update_many"] * 3


def test_the_case_of_an_external_id_makes_nobody_new(world: World) -> None:
    world.customers([("ABC1", "Jane", "jane@example.com", None)])
    world.run()
    world.customers([("abc1", "Jane", "jane@example.com", None)])
    assert world.run().counts == Counts(read=1, unchanged=1)
    assert only_user(world)["external_id"] == "ABC1"


def test_results_that_name_another_address_are_believed(world: World) -> None:
    """Identities lead before the address that was sent (recorded jobs)."""

    def rename(jobs: list[dict[str, list[dict[str, object]]]]) -> None:
        for job in jobs:
            for number, result in enumerate(job["results"] or []):
                result["email"] = f"other{number}@example.com"

    world.many(5)
    world.network.on_poll = dict.fromkeys(range(1, 20), editing_jobs(rename))
    assert world.run().counts == Counts(read=5, created=5)
    assert len(world.network.writes) == 1
    assert world.run().counts == Counts(read=5, unchanged=5)


@pytest.mark.parametrize("words", [ONE_USER_A_SECOND, "<html><h1>Too Many Requests</h1></html>", ""])
def test_a_429_that_is_no_json_is_waited_out(world: World, words: str) -> None:
    world.many(5)
    world.network.on_write = {1: answering(429, words, retry_after="27")}
    world.network.on_poll = {1: answering(429, words, retry_after="13")}
    started = world.clock.elapsed
    run = world.run()
    assert (run.outcome, run.counts) == (Outcome.SUCCEEDED, Counts(read=5, created=5))
    assert world.clock.elapsed - started >= 27 + 13


def test_requests_are_what_the_api_asks_for(world: World) -> None:
    seen: list[httpx.Request] = []
    world.network.on_request = seen.append
    world.customers([("id-1", "Jane", "jane@example.com", "Oslo")])
    world.run()
    (write,) = [request for request in seen if request.method == "POST"]
    assert write.headers["content-type"] == write.headers["accept"] == "application/json"
    assert write.content == (
        b'{"users":[{"email":"jane@example.com","external_id":"id-1","name":"Jane",'
        b'"skip_verify_email":true,"user_fields":{"city":"Oslo"}}]}'
    )
