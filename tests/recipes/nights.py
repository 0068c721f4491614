"""A project with an orchestration, and what nights do to it."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx

from tests.stories.conftest import MakeWorld
from tests.stories.world import World
from zdpipe.simulator.settings import Settings

NAME = "nightly"
QUERY = "queries/users.sql"


def orchestrated(world: World, users: int) -> World:
    """Give a project customers and an orchestration that sends them."""
    world.many_customers(users)
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[orchestrations.{NAME}]\nqueries = ["{QUERY}"]\n')
    return world


def slow(make_world: MakeWorld) -> World:
    """Return a project of 1,200 customers that takes three seconds to send."""
    settings = Settings(job_seconds=0.4, users_per_second=400, requests_per_minute=100_000)
    return orchestrated(make_world(settings, users_per_second=400), 1200)


def refuse_customers(world: World) -> None:
    """Let Zendesk refuse customers 10 to 19 and 100."""
    fault = {"items": {"where": {"external_id": "^id-1(.|00)$"}, "details": "Name: is too short"}}
    httpx.post(f"{world.url}/simulator/faults", json={"faults": [fault]}).raise_for_status()


def nobody_answers(world: World, elsewhere: str = "http://127.0.0.1:9") -> None:
    """Let the account be where nobody listens."""
    path = world.folder / "zdpipe.toml"
    path.write_text(path.read_text().replace(world.url, elsewhere))


def wait_until(happened: Callable[[], bool], seconds: float = 60) -> None:
    """Look again and again."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def wait_for_users(world: World, count: int) -> None:
    """Wait until the account was sent so many users."""
    wait_until(lambda: world.stats()["users_received"] >= count)


def assert_everybody_arrived_once(world: World, count: int) -> None:
    """Each customer is one user, who was created once."""
    assert set(world.users()) == {f"id-{number}" for number in range(1, count + 1)}
    assert world.stats()["users_created"] == count


def by_oauth(world: World) -> World:
    """Let the project sign in as docs recommend: by an OAuth client."""
    path = world.folder / "zdpipe.toml"
    text = path.read_text()
    for before, after in {
        'auth = "token"': 'auth = "oauth"',
        'email = "env:ZENDESK_EMAIL"': 'client_id = "env:ZENDESK_CLIENT_ID"',
        'api_token = "env:ZENDESK_API_TOKEN"': 'client_secret = "env:ZENDESK_CLIENT_SECRET"',
    }.items():
        assert before in text
        text = text.replace(before, after)
    path.write_text(text)
    return world
