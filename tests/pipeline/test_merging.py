from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from tests.pipeline.world import World
from zdpipe.pipeline import merging, planning
from zdpipe.pipeline.merging import merge_account, merge_run, merge_unless_going
from zdpipe.pipeline.store import open_store
from zdpipe.state.known_users import lookup
from zdpipe.state.locks import writing_to

ACCOUNT = "127.0.0.1:8977"


def test_without_any_run_nothing_is_known(world: World) -> None:
    world.many(1)
    with open_store(world.bench) as store:
        assert merge_account(world.bench, store, ACCOUNT) is None
        assert merge_unless_going(world.bench, store, ACCOUNT) is None


def test_doing_it_twice_changes_nothing_and_a_lost_file_is_made_anew(world: World) -> None:
    world.many(3)
    run_id = world.run().run_id
    with open_store(world.bench) as store:
        known = merge_account(world.bench, store, ACCOUNT)
        assert known is not None
        before = lookup(known, "id-1", world.clock)
        store.connection.execute("UPDATE batches SET merged = 0")
        merge_run(world.bench, store, store.run(run_id))
        assert lookup(known, "id-1", world.clock) == before
        known.unlink()
        store.connection.execute("UPDATE batches SET merged = 0")
        with writing_to(world.bench.machine_state, ACCOUNT, world.bench.holder()):
            assert merge_unless_going(world.bench, store, ACCOUNT) is None
        assert merge_unless_going(world.bench, store, ACCOUNT) == known
        assert lookup(known, "id-1", world.clock) == before


def test_a_run_whose_outbox_is_gone_is_passed_over(world: World) -> None:
    world.many(3)
    run_id = world.run().run_id
    with open_store(world.bench) as store:
        store.connection.execute("UPDATE batches SET merged = 0")
        store.folder.outbox(run_id).unlink()
        merge_run(world.bench, store, store.run(run_id))
        assert list(store.batches(store.run(run_id)).unmerged())


def test_what_does_not_fit_into_memory_goes_to_a_folder_that_is_swept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.many(3)
    folders: list[tuple[str, str, bool]] = []

    def watch(module: ModuleType | type, name: str) -> None:
        act = getattr(module, name)

        def watched(*arguments: Any, **options: Any) -> Any:
            resources = options.get("resources") or arguments[2]
            place = resources.temporary
            folders.append((place.parent.name, place.name.partition("-")[0], place.is_dir()))
            return act(*arguments, **options)

        monkeypatch.setattr(module, name, watched)

    watch(merging, "merge")
    watch(planning.Workspace, "open")
    world.run()
    assert folders == [("tmp", "session", True)] * 2
    assert list((world.folder / ".zdpipe" / "tmp").iterdir()) == []
