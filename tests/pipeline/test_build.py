from __future__ import annotations

import stat

import polars as pl
import pytest

from tests.pipeline.world import World
from zdpipe.errors import QueryError, UsageProblem
from zdpipe.pipeline.build import build_tables

TABLE = "SELECT id AS amperity_id, name AS name FROM Customer_360"


def test_tables_become_private_parquet_files(world: World) -> None:
    world.many(3)
    world.write("attribute_tables/people.sql", TABLE)
    (built,) = build_tables(world.bench, [], world.folder / "out")
    assert (built.name, built.rows) == ("people", 3)
    assert pl.read_parquet(built.path).columns == ["amperity_id", "name"]
    assert stat.S_IMODE(built.path.stat().st_mode) == 0o600


def test_a_table_that_the_engine_refuses_is_named(world: World) -> None:
    world.many(3)
    world.write("attribute_tables/people.sql", TABLE)
    world.write("attribute_tables/sums.sql", TABLE.replace("name AS", "name + 1 AS"))
    with pytest.raises(QueryError, match=r"attribute_tables/sums\.sql: "):
        build_tables(world.bench, [], world.folder / "out")
    world.write("attribute_tables/sums.sql", TABLE.replace("name AS", "CAST(name AS INTEGER) AS"))
    with pytest.raises(QueryError, match=r"attribute_tables/sums\.sql: "):
        build_tables(world.bench, [], world.folder / "out")


def test_a_table_that_is_not_there_is_told(world: World) -> None:
    world.many(3)
    with pytest.raises(UsageProblem, match="no attribute tables"):
        build_tables(world.bench, [], world.folder / "out")
    world.write("attribute_tables/people.sql", TABLE)
    with pytest.raises(UsageProblem) as caught:
        build_tables(world.bench, ["persons"], world.folder / "out")
    assert "people" in caught.value.hint
