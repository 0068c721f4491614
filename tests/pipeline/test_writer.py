from __future__ import annotations

import pytest

from tests.pipeline.world import World
from zdpipe.errors import StateLocked
from zdpipe.pipeline.store import open_store
from zdpipe.pipeline.writer import is_going, killed, only_writer

ACCOUNT = "127.0.0.1:8977"


def test_one_writer_at_a_time(world: World) -> None:
    with open_store(world.bench) as store:
        assert not is_going(world.bench, ACCOUNT)
        with only_writer(world.bench, store, ACCOUNT):
            assert is_going(world.bench, ACCOUNT)
            with pytest.raises(StateLocked), only_writer(world.bench, store, ACCOUNT):
                pytest.fail("two writers")
        assert not is_going(world.bench, ACCOUNT)


def test_a_killed_run_names_the_command_and_its_exit_code() -> None:
    assert killed("one").hint == "Continue with: zdpipe resume one"
    assert killed("one").exit_code == 4
