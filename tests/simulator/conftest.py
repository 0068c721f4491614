from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from zdpipe.simulator.settings import Settings

from .world import World


@pytest.fixture
def worlds() -> Iterator[Callable[..., World]]:
    opened: list[World] = []

    def open_world(**settings: Any) -> World:
        opened.append(World(Settings(**settings)))
        return opened[-1]

    yield open_world
    for world in opened:
        world.zendesk.close()


@pytest.fixture
def world(worlds: Callable[..., World]) -> World:
    return worlds()
