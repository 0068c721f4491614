from __future__ import annotations

from tests.pipeline.world import World
from zdpipe.pipeline.schema import refresh_schema


def test_it_is_written_once_and_again_only_when_the_source_changed(world: World) -> None:
    world.many(1)
    first = refresh_schema(world.bench)
    assert (first.path, first.tables, first.changed) == (world.folder / "schema.json", 1, True)
    assert not refresh_schema(world.bench).changed
