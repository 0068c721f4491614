"""Source rows are kept of people who are sent or have several rows, and of nobody else."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from tests.pipeline.world import QUERY, World
from tests.stories.searching import found_in
from zdpipe.changes import sources
from zdpipe.model.sources import KINDS
from zdpipe.pipeline.forget import forget_person
from zdpipe.pipeline.plan import plan_query

JANE = ("A-1", " Jane  Doe ", "Jane@X.org", "Oslo")
JOE = ("b-2", "Joe", "joe@x.org", "Rome")
NOBODY = ("c-3", None, "nobody@x.org", "Bonn")


def kept(world: World, run_id: str) -> Path:
    return world.folder / ".zdpipe" / "runs" / run_id / "sources.parquet"


def rows(world: World, run_id: str) -> list[dict[str, object]]:
    return pl.read_parquet(kept(world, run_id)).sort("row").to_dicts()


def test_everybody_who_is_sent_has_their_rows_as_the_source_wrote_them(world: World) -> None:
    world.lift_guards()
    world.customers([JANE, NOBODY, JOE, ("a-1", "Jane", "second@x.org", "Oslo"), (*JANE[:3], "Bergen")])
    run = world.run()
    found = {row["row"]: row for row in rows(world, run.run_id)}
    assert {
        number: (row["key"], row["role"], row["sending"], row["lead_row"]) for number, row in found.items()
    } == {
        1: ("a-1", "duplicate", None, 5),
        3: ("b-2", "lead", "create", None),
        4: ("a-1", "further", None, 5),
        5: ("a-1", "lead", "create", 5),
    }
    assert (found[5]["source.name"], found[5]["source.email"]) == (" Jane  Doe ", "Jane@X.org")
    assert (found[1]["value.email"], found[1]["value.name"]) == ("jane@x.org", '"Jane Doe"')
    assert found[3]["value.name"] is None  # the outbox has it
    assert "known.name" not in found[3]  # nobody ever got one
    path = kept(world, run.run_id)
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(pq.read_schema(path).metadata[KINDS.encode()])["user_fields.city"] == "text"
    assert not list(path.parent.glob(".*"))


def test_what_was_known_before_lies_beside_it_and_unchanged_people_leave_nothing(world: World) -> None:
    world.customers([JANE, JOE])
    first = world.run()
    world.lift_guards()
    world.customers([JANE, (*JOE[:3], "Bari"), ("d-4", "Dan", "d@x.org", "Oslo")])
    second = world.run()
    joe, dan = rows(world, second.run_id)
    assert (joe["row"], joe["sending"], joe["known.user_fields.city"], joe["value.user_fields.city"]) == (
        2,
        "update",
        '"Rome"',
        None,
    )
    assert (joe["known.primary_email"], joe["email_is_known"], joe["send.name"]) == ("joe@x.org", True, 1)
    assert isinstance(joe["known.user_id"], int)
    assert (dan["known.user_id"], dan["known.name"]) == (None, None)
    third = world.run()
    assert not kept(world, third.run_id).exists()
    assert kept(world, first.run_id).exists()


def test_several_rows_of_somebody_unchanged_are_kept_with_their_values(world: World) -> None:
    world.customers([JOE, (*JOE[:3], "Rome")])
    world.run()
    again = world.run()
    assert [(row["role"], row["value.user_fields.city"]) for row in rows(world, again.run_id)] == [
        ("lead", '"Rome"'),
        ("duplicate", '"Rome"'),
    ]


@pytest.mark.parametrize("settings", ["", '[fields."user_fields.city"]\nsend_on = "create"\n'])
def test_rows_that_are_not_sent_keep_the_address_they_came_with(world: World, settings: str) -> None:
    world.lift_guards()
    with (world.folder / "zdpipe.toml").open("a") as file:
        file.write(settings)
    bare = (None, "Janet", JANE[2], "Bonn")
    world.customers([JANE, JOE, (JOE[0], "Joseph", JANE[2], "Bari"), bare])
    run = world.run()
    joseph, janet = rows(world, run.run_id)[-2:]
    assert (joseph["role"], joseph["sending"], joseph["key"]) == ("duplicate", None, "b-2")
    assert (joseph["value.name"], joseph["value.email"]) == ('"Joseph"', "jane@x.org")
    assert (janet["role"], janet["sending"], janet["key"]) == ("duplicate", None, "a-1")
    assert (janet["value.name"], janet["value.email"]) == ('"Janet"', "jane@x.org")
    assert janet["value.user_fields.city"] == '"Bonn"'


def test_a_plan_keeps_none(world: World) -> None:
    world.customers([JANE])
    plan_query(world.bench, QUERY)
    assert found_in(world.folder / ".zdpipe", ["Jane@X.org"]) == {}


def test_a_sample_keeps_its_own_people(world: World) -> None:
    world.many(30)
    run = world.run(sample=2)
    assert len(rows(world, run.run_id)) == 2


def test_many_rows_are_written_part_by_part(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_ROWS_AT_ONCE", 7)
    world.many(30)
    run = world.run()
    assert [row["source.external_id"] for row in rows(world, run.run_id)] == [f"id-{n}" for n in range(30)]


def test_attribute_tables_are_kept_with_the_run_and_forget_the_person(world: World) -> None:
    text = "SELECT id AS amperity_id, name AS name FROM Customer_360 WHERE email <> 'zeb@x.org'"
    world.write("attribute_tables/people.sql", text)
    world.write(QUERY, "SELECT amperity_id AS external_id, name AS name FROM people")
    world.customers([JOE, ("zq-77", "Zebulona", "z@x.org", None)])
    world.run()
    with closing(sqlite3.connect(world.folder / ".zdpipe" / "state.sqlite")) as connection:
        select = "SELECT attribute_tables FROM runs"
        assert json.loads(connection.execute(select).fetchone()[0]) == {"attribute_tables/people.sql": text}
        named = json.dumps({"attribute_tables/people.sql": text.replace("zeb@x.org", "zq-77")})
        connection.execute("UPDATE runs SET attribute_tables = ?", [named])
        connection.commit()
        assert forget_person(world.bench, "ZQ-77").erased.sources == 1
        assert "'(forgotten)'" in connection.execute(select).fetchone()[0]
    assert found_in(world.folder / ".zdpipe", ["zq-77", "Zebulona"]) == {}
