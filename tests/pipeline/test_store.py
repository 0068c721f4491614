from __future__ import annotations

import stat

import pytest

from tests.pipeline.world import World
from zdpipe.errors import UsageProblem
from zdpipe.pipeline.store import open_store


def test_opening_makes_a_private_folder(world: World) -> None:
    with open_store(world.bench) as store:
        assert stat.S_IMODE(store.folder.root.stat().st_mode) == 0o700
        assert stat.S_IMODE(store.folder.database.stat().st_mode) == 0o600


def test_an_unknown_run_is_told_even_when_there_is_none(world: World) -> None:
    with open_store(world.bench) as store, pytest.raises(UsageProblem) as caught:
        store.run("nobody")
    assert "none yet" in caught.value.hint
