"""A fresh project and account for every story."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.stories.world import World, planted
from zdpipe.simulator.server import serve
from zdpipe.simulator.settings import Settings

MakeWorld = Callable[..., World]
HERE = Path(__file__).parent
# What `make test` tells all the same: the way of everybody who begins.
FIRST = {"test_first_and_second_run", "test_readme"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes whole minutes together, so that `make test` stays short."""
    for item in items:
        is_first = item.path.stem in FIRST or item.get_closest_marker("crash")
        if item.path.parent == HERE and not is_first:
            item.add_marker(pytest.mark.stories)


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[MakeWorld]:
    with ExitStack() as stack:

        def make(settings: Settings | None = None, users_per_second: int = 5000) -> World:
            chosen = settings or Settings(
                job_seconds=0.0, users_per_second=users_per_second, requests_per_minute=100_000
            )
            server = stack.enter_context(serve(planted(chosen), tmp_path / "account.sqlite"))
            world = World(tmp_path / "project", server.url, users_per_second)
            stack.callback(world.assert_no_secrets)
            return world

        yield make


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world()
