"""The run history in a warehouse: two exports at once, one that is killed, what is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.exported import asked, everything
from tests.stories.world import World, kill


@pytest.fixture(params=["history.duckdb", "history"])
def place(request: pytest.FixtureRequest, world: World) -> Path:
    for number in range(3):
        world.many_customers(300, city=f"City {number}")
        assert world.zdpipe("run", "queries/users.sql", "--allow", "updated").code == 0
    return world.folder / str(request.param)


def test_an_export_tells_what_it_wrote(world: World, place: Path) -> None:
    first = world.zdpipe("runs", "export", "--to", place.name)
    assert first.code == 0
    assert f"3 runs written to {place.name}, 0 there as before." in first.out
    assert "outcomes    900 rows" in first.out
    assert "Personal data is left out." in first.out
    again = world.zdpipe("runs", "export", "--to", place.name, "--format", "json").json
    assert again == {
        "to": place.name,
        "runs": [],
        "unchanged": 3,
        "rows": dict.fromkeys(("runs", "outcomes", "rejections", "warnings", "jobs", "gone"), 0),
        "show_pii": False,
        "incomplete": {},
    }
    customers = asked(place, "SELECT count(*), count(DISTINCT customer), count(key) FROM outcomes")
    assert customers == [(900, 300, 0)]


def test_two_at_once_take_turns(world: World, place: Path) -> None:
    both = [world.start("runs", "export", "--to", place.name, "--format", "json") for _ in range(2)]
    told = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    fresh = place.with_name(f"fresh-{place.name}")
    world.zdpipe("runs", "export", "--to", fresh.name)
    assert everything(place) == everything(fresh)


def test_an_export_that_was_killed_is_repeated(world: World, place: Path) -> None:
    for patience in range(1, 4):
        process = world.start("runs", "export", "--to", place.name)
        assert process.stderr is not None
        for _ in range(patience):
            process.stderr.readline()  # so many runs were begun
        kill(process)
    assert world.zdpipe("runs", "export", "--to", place.name).code == 0
    fresh = place.with_name(f"fresh-{place.name}")
    world.zdpipe("runs", "export", "--to", fresh.name)
    assert everything(place) == everything(fresh)
    left = [path.name for path in place.parent.iterdir() if place.name in path.name and ".new" in path.name]
    assert left == []
