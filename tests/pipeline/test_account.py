"""The way into an account: credentials and the first question."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import httpx
import pytest

from tests.delivery.unruly import Trouble, answering, lose_answer, refuse_connection
from tests.pipeline.world import World
from zdpipe.delivery.patience import GIVE_UP_AFTER
from zdpipe.errors import CredentialError, DestinationError
from zdpipe.model.run import Outcome
from zdpipe.pipeline.account import open_account, token_warning, who_am_i
from zdpipe.project.destination import Destination

TOKEN = {"email": "env:E", "api_token": "env:T"}
OAUTH = {"client_id": "env:I", "client_secret": "env:S"}


def ask(world: World, *, first_contact: bool = True) -> str:
    destination = world.bench.destination(None)
    with open_account(world.bench, destination) as client:
        return who_am_i(world.bench, client, destination, first_contact=first_contact).role


def test_an_admin_is_let_in(world: World) -> None:
    assert ask(world) == "admin"


def test_missing_secrets_are_told_all_at_once_before_anything_leaves(world: World) -> None:
    world.environment.clear()
    with pytest.raises(CredentialError, match=r"EMAIL.*TOKEN"):
        ask(world)
    assert world.stats["requests"] == 0


@pytest.mark.parametrize(
    ("user", "code"),
    [({"id": None, "role": "end-user", "email": None}, "anonymous"), ({"id": 7, "role": "end-user"}, "role")],
)
def test_who_may_not_manage_users_is_told_why(world: World, user: dict[str, object], code: str) -> None:
    answer = answering(200, {"user": user})
    world.network.handle_request = lambda request: answer(request, httpx.Response)
    with pytest.raises(CredentialError) as caught:
        ask(world)
    assert caught.value.code == code
    assert caught.value.hint


@pytest.mark.parametrize(
    "trouble", [answering(503), answering(429, retry_after="7"), answering(500), lose_answer]
)
def test_an_account_that_is_down_for_a_moment_is_waited_for(world: World, trouble: Trouble) -> None:
    world.network.on_read = {1: trouble, 2: trouble}
    assert ask(world) == "admin"
    assert world.clock.elapsed > 1


def test_on_first_contact_a_host_that_is_not_there_is_told_at_once(world: World) -> None:
    world.network.on_read = {1: refuse_connection}
    with pytest.raises(DestinationError):
        ask(world)
    assert world.clock.elapsed < 1


def test_who_goes_on_waits_even_for_a_host_that_is_not_there(world: World) -> None:
    world.network.on_read = dict.fromkeys(range(1, 4), refuse_connection)
    assert ask(world, first_contact=False) == "admin"


def test_patience_ends_and_tells_how_long_it_lasted(world: World) -> None:
    world.network.on_read = dict.fromkeys(range(1, 1000), answering(503))
    with pytest.raises(DestinationError, match=r"for 1\d minutes"):
        ask(world)
    assert GIVE_UP_AFTER < world.clock.elapsed < GIVE_UP_AFTER + 120


def test_a_wait_of_hours_is_not_waited_and_holds_nobody_else_for_as_long(world: World) -> None:
    world.network.on_read = {1: answering(503, retry_after="7200")}
    with pytest.raises(DestinationError, match="come back in 120 minutes"):
        ask(world)
    assert world.clock.elapsed < 1
    assert ask(world) == "admin"
    assert world.clock.elapsed <= 900


def test_a_resume_waits_for_an_account_that_is_down(world: World) -> None:
    world.many(3)
    world.network.on_write = {1: answering(401)}
    assert world.run().outcome is Outcome.FAILED
    reads = world.network.reads
    world.network.on_read = dict.fromkeys(range(reads + 1, reads + 4), refuse_connection)
    assert world.resume().outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize(
    ("settings", "today", "words"),
    [
        ({"subdomain": "acme", **TOKEN}, date(2026, 11, 24), "until 2027-04-30 only (157 days)"),
        ({"subdomain": "acme", **TOKEN}, date(2027, 4, 30), "(0 days)"),
        ({"subdomain": "acme", **TOKEN}, date(2027, 5, 1), "no API tokens since 2027-04-30"),
        ({"subdomain": "acme", **OAUTH}, date(2026, 11, 24), None),
        ({"base_url": "http://127.0.0.1:8977", **TOKEN}, date(2026, 11, 24), None),
        ({"kind": "simulator"}, date(2026, 11, 24), None),
    ],
)
def test_the_end_of_api_tokens_is_told_in_time(
    settings: dict[str, str], today: date, words: str | None
) -> None:
    warning = token_warning(Destination(name="production", **settings), today)
    if words is None:
        assert warning is None
    else:
        assert warning is not None
        assert words in warning
        assert "[destinations.production]" in warning


def test_a_run_says_so_before_it_begins(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.many(1)
    said: list[str] = []
    remark: Callable[[str], None] = said.append
    monkeypatch.setattr(world.listener, "remark", remark)
    world.run()
    assert said == []
    world.destinations(url="https://acme.zendesk.com")
    world.run()
    assert len(said) == 1
    assert "2027-04-30" in said[0]
