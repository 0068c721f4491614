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


@pytest.fixture(params=[100_000, 1])
def rows_a_part(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let people be handled all at once, and each alone."""
    monkeypatch.setattr("zdpipe.parted._ROWS_A_PART", request.param)
