from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.delivery.world import World

MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[MakeWorld]:
    with ExitStack() as stack:

        def make(*args: Any, **kwargs: Any) -> World:
            folder = Path(stack.enter_context(TemporaryDirectory(dir=tmp_path)))
            world = World(folder, *args, **kwargs)
            stack.callback(world.close)
            return world

        yield make
