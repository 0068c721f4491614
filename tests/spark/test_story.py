"""The commands of a project whose source is a Spark cluster."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from tests.stories.conftest import MakeWorld, make_world, world
from tests.stories.world import World

pytestmark = pytest.mark.spark
__all__ = ["make_world", "world"]
SPARK = 'engine = "spark"\nremote = "{remote}"\ntables = {{ Customer_360 = "data/customers.parquet" }}'
ATTRIBUTES = "SELECT id AS amperity_id, lower(full_name) AS name, email FROM Customer_360"
QUERY = """
SELECT amperity_id AS external_id
  , name AS name
  , email AS email
FROM people"""


@pytest.fixture
def on_spark(make_world: MakeWorld, remote: str) -> World:
    world = make_world()
    text = (world.folder / "zdpipe.toml").read_text(encoding="utf-8")
    source = SPARK.format(remote=remote)
    world.write("zdpipe.toml", text.replace('database = "data/customers.duckdb"', source))
    world.write("attribute_tables/people.sql", ATTRIBUTES)
    world.write("queries/users.sql", QUERY)
    with duckdb.connect() as con:
        path = world.write("data/customers.parquet", "")
        con.execute(
            "COPY (SELECT 'id-' || i AS id, 'Customer İ ' || i AS full_name, "
            f"'c' || i || '@example.com' AS email FROM range(1, 251) AS r(i)) TO '{path}' (FORMAT parquet)"
        )
    return world


def test_from_the_schema_to_one_customer(on_spark: World) -> None:
    schema = on_spark.zdpipe("schema")
    assert schema.code == 0, schema.err
    written = json.loads((on_spark.folder / "schema.json").read_text(encoding="utf-8"))
    columns = {"id": "VARCHAR", "full_name": "VARCHAR", "email": "VARCHAR"}
    assert written["source"]["tables"] == {"Customer_360": columns}
    assert on_spark.zdpipe("lint").code == 0
    assert on_spark.zdpipe("check", "--format", "json").json["ok"] is True
    assert on_spark.zdpipe("build").code == 0
    plan = on_spark.zdpipe("plan", "queries/users.sql", "--format", "json").json
    assert plan["counts"]["created"] == 250
    run = on_spark.zdpipe("run", "queries/users.sql", "--format", "json")
    assert run.code == 0, run.err
    assert run.json["counts"]["created"] == 250
    assert on_spark.users()["id-7"]["name"] == "customer i 7"
    again = on_spark.zdpipe("run", "queries/users.sql", "--format", "json")
    assert again.json["counts"]["unchanged"] == 250
    explained = on_spark.zdpipe("explain", "id-7", "--show-pii", "--format", "json")
    assert explained.code == 0, explained.err
    assert "customer i 7" in explained.out


def test_what_spark_cannot_do_is_found_before_anything_runs(on_spark: World) -> None:
    on_spark.write("attribute_tables/people.sql", ATTRIBUTES.replace("lower", "reverse"))
    linted = on_spark.zdpipe("lint", "--format", "json")
    assert linted.code == 1
    [finding] = [one for one in linted.json["findings"] if one["code"] == "ZD112"]
    assert (finding["path"], finding["line"], finding["column"]) == ("attribute_tables/people.sql", 1, 27)
    ran = on_spark.zdpipe("run", "queries/users.sql")
    assert ran.code == 2
    assert "ZD112" in ran.err
    assert on_spark.users() == {}


def test_an_error_at_the_run_shows_the_files_own_line(on_spark: World) -> None:
    on_spark.write(
        "queries/users.sql", QUERY.replace("name AS name", "CAST(CAST(name AS INTEGER) AS VARCHAR) AS name")
    )
    ran = on_spark.zdpipe("run", "queries/users.sql")
    assert ran.code == 2
    assert "queries/users.sql: The value *** of the type" in ran.err
    assert "LINE 3:   , CAST(CAST(name AS INTEGER) AS VARCHAR) AS name" in ran.err
    assert "customer i" not in ran.err
    assert "pyspark" not in ran.err
    on_spark.write("queries/users.sql", QUERY)
    broken = ATTRIBUTES.replace("lower(", "\n  (").replace(") AS name", "::INT)::TEXT AS name")
    on_spark.write("attribute_tables/people.sql", broken)
    ran = on_spark.zdpipe("run", "queries/users.sql")
    assert "It is in line 2 of the attribute table people." in ran.err


def test_a_server_that_is_not_there(on_spark: World) -> None:
    text = (on_spark.folder / "zdpipe.toml").read_text(encoding="utf-8")
    (on_spark.folder / "zdpipe.toml").write_text(
        text.replace(text.split('remote = "')[1].split('"')[0], "sc://localhost:9"), encoding="utf-8"
    )
    ran = on_spark.zdpipe("plan", "queries/users.sql", "--format", "json")
    assert ran.code == 2
    assert ran.json["error"]["code"] == "no_spark"
    # What needs no rows needs no server.
    assert on_spark.zdpipe("lint").code == 0
    assert on_spark.zdpipe("runs", "list").code == 0
    assert Path(on_spark.folder / ".zdpipe").exists()
