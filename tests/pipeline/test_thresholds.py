from __future__ import annotations

from typing import Any

import pytest

from tests.pipeline.world import QUERY, World
from zdpipe.model.guard import Guard
from zdpipe.model.orchestration import Order
from zdpipe.pipeline.orchestrate import run_orchestration
from zdpipe.pipeline.thresholds import thresholds
from zdpipe.reports.advice import threshold_words


def refused(world: World, rows: int, city: str = "Oslo", **first: Any) -> Any:
    world.many(9)
    world.run(**first)
    world.many(rows, city)
    run = world.run()
    assert run.was_refused
    return run


def guards(world: World, lines: str) -> None:
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[guards]\n{lines}\n")


def test_a_key_that_is_set_is_named_with_its_line(world: World) -> None:
    guards(world, "# somebody thought about it\nrejected = 5\nupdated = 20.5")
    run = refused(world, 9, "Rome")
    before = (world.folder / "zdpipe.toml").read_bytes()
    (found,) = thresholds(world.bench, run)
    line = before.decode().splitlines().index("updated = 20.5") + 1
    assert (found.guard, found.place, found.is_set) == (Guard.UPDATED, f"zdpipe.toml:{line}", True)
    assert (found.now, found.needed, found.is_enough) == ("20.5", "100", False)
    assert threshold_words([found]).splitlines() == [
        "9 of 9 known customers would change (100%, the limit is 20.5%).",
        f"  zdpipe.toml:{line}: updated = 20.5; write 100, or more",
    ]
    assert (world.folder / "zdpipe.toml").read_bytes() == before


def test_a_key_that_is_not_set_is_to_be_added(world: World) -> None:
    guards(world, "cleared = 5")
    run = refused(world, 9, "Rome")
    text = (world.folder / "zdpipe.toml").read_text(encoding="utf-8").splitlines()
    place = f"zdpipe.toml:{text.index('[guards]') + 1}"
    assert f"  {place}: add to [guards]: updated = 100" in threshold_words(thresholds(world.bench, run))


def test_what_was_raised_since_is_said_to_be_enough(world: World) -> None:
    run = refused(world, 9, "Rome")
    guards(world, "updated = 100")
    (found,) = thresholds(world.bench, run)
    assert found.is_enough
    assert "lets that pass by now" in threshold_words([found])
    assert world.run().counts.updated == 9


@pytest.mark.parametrize(("lines", "words"), [("empty = true", "write false"), ("", "empty = false")])
def test_an_empty_result_has_no_number(world: World, lines: str, words: str) -> None:
    if lines:
        guards(world, lines)
    world.customers([])
    run = world.run()
    told = threshold_words(thresholds(world.bench, run))
    assert told.startswith("The query has no rows.\n  zdpipe.toml")
    assert told.endswith(f"{words}\n")


def test_what_is_named_is_enough_and_no_more_than_a_whole_percent_too_much(world: World) -> None:
    run = refused(world, 20)
    (found,) = [each for each in thresholds(world.bench, run) if each.guard is Guard.ROWS]
    assert found.needed == "123"  # 9 rows became 20: +122.2%
    guards(world, "rows = 122")
    assert world.run().was_refused
    text = (world.folder / "zdpipe.toml").read_text(encoding="utf-8")
    world.write("zdpipe.toml", text.replace("rows = 122", "rows = 123"))
    assert not world.run().was_refused


def test_a_threshold_of_an_orchestration_is_named_where_it_stands(world: World) -> None:
    table = f'[orchestrations.nightly]\nqueries = ["{QUERY}"]\n[orchestrations.nightly.guards]\nupdated = 20'
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{table}\n")
    world.many(9)
    world.run()
    world.many(9, "Rome")
    world.clock.advance(1)
    (run,) = run_orchestration(world.bench, "nightly", Order()).runs
    (found,) = thresholds(world.bench, run)
    line = (world.folder / "zdpipe.toml").read_text().splitlines().index("updated = 20") + 1
    assert (found.table, found.place, found.now) == (
        "orchestrations.nightly.guards",
        f"zdpipe.toml:{line}",
        "20",
    )


def test_a_threshold_that_an_orchestration_leaves_to_the_project_is_named_there(world: World) -> None:
    table = f'[orchestrations.nightly]\nqueries = ["{QUERY}"]\nguards = {{ gone = 50 }}'
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{table}\n")
    world.many(9)
    world.run()
    world.many(9, "Rome")
    world.clock.advance(1)
    (run,) = run_orchestration(world.bench, "nightly", Order()).runs
    (found,) = thresholds(world.bench, run)
    assert (found.table, found.place, found.now) == ("guards", "zdpipe.toml", "50")
