from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.pipeline.adopting import COLUMNS, SQL
from tests.pipeline.world import QUERY, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    folder = tmp_path / "project"
    folder.mkdir()
    with closing(World(folder)) as made:
        yield made


@pytest.fixture
def people(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A project without guards whose customers have a value of every kind."""
    monkeypatch.setattr("tests.pipeline.world.COLUMNS", ", ".join(f"{name} VARCHAR" for name in COLUMNS))
    world.write(QUERY, SQL)
    world.lift_guards()
    return world


@pytest.fixture(params=[1, 3])
def parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let people be handled all at once, and in parts."""
    monkeypatch.setattr("zdpipe.parted._VALUES_A_PART", 1)
    monkeypatch.setattr("zdpipe.parted._MOST_PARTS", request.param)
