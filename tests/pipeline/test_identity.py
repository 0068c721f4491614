"""A query whose identity comes from elsewhere than before tells nobody who is gone."""

from __future__ import annotations

from contextlib import closing

import pytest

from tests.pipeline.leaving import act, people, user
from tests.pipeline.world import QUERY, SQL, World
from zdpipe.model.guard import Guard
from zdpipe.pipeline.plan import plan_query
from zdpipe.state.database import open_database, transaction

UPPER = SQL.replace("id AS external_id", "upper(id) || '-b' AS external_id")
JOINED = "FROM Customer_360 AS c JOIN ids AS i ON i.amperity_id = c.id"
OTHER_ADDRESS = SQL.replace("email AS email", "'x' || email AS email")


def remarks(world: World) -> list[str]:
    """Return the list of what runs remark upon, with nothing said so far."""
    world.listener.said.clear()
    return world.listener.said


@pytest.fixture
def left(world: World) -> World:
    act(world, "delete")
    world.customers([*people(1, 2, 3), (None, "Zoe", "zoe@example.com", "Oslo")])
    world.run()
    world.customers(people(1))
    return world


def test_nobody_is_gone_in_that_run_nor_in_the_next(left: World) -> None:
    said = remarks(left)
    left.write(QUERY, UPPER)
    run = left.run()
    assert (run.gone, run.farewells.gone) == (1, {"done": 1})  # whoever is known by an address
    said_once = (
        "external_id comes from elsewhere than in the last run, so customers known by it are not counted as"
        " gone this once."
    )
    assert said == [said_once]
    assert all(user(left, number) is not None for number in (1, 2, 3))
    again = left.run()
    assert (again.gone, len(said)) == (0, 1)


def test_of_a_changed_address_only_those_known_by_it_are_left_out(left: World) -> None:
    left.write(QUERY, OTHER_ADDRESS)
    assert left.run().farewells.gone == {"done": 2}
    assert left.ask("/api/v2/users/search?query=email:zoe@example.com")["users"]
    assert left.run().gone == 0


@pytest.mark.parametrize(
    "sql",
    [
        SQL.lower().replace("customer_360", "customer_360 -- the same"),
        SQL.replace("FROM Customer_360", "FROM (SELECT * FROM Customer_360) AS c"),
        f"WITH made AS ({SQL}) SELECT external_id, name, email FROM made",
        SQL + " WHERE id <> 'id-2'",
    ],
)
def test_another_way_to_write_it_is_no_other_identity(left: World, sql: str) -> None:
    left.write(QUERY, sql)
    assert left.run().farewells.gone == {"done": 3}


def test_an_attribute_table_is_looked_through(world: World) -> None:
    act(world, "tag", tag="gone")
    table = world.folder / "attribute_tables" / "ids.sql"
    table.parent.mkdir()
    table.write_text("SELECT id AS amperity_id, id AS crm FROM Customer_360", encoding="utf-8")
    world.write(
        QUERY,
        "SELECT i.crm AS external_id, c.name AS name FROM Customer_360 c JOIN ids i ON i.amperity_id = c.id",
    )
    world.customers(people(1, 2, 3))
    world.run()
    world.customers(people(1, 2))
    table.write_text("SELECT id AS amperity_id, id || '' AS crm FROM Customer_360", encoding="utf-8")
    assert world.run().gone == 0
    world.customers(people(1))
    assert world.run().gone == 1


def test_a_plan_says_it_too(left: World) -> None:
    said = remarks(left)
    left.write(QUERY, UPPER)
    assert plan_query(left.bench, QUERY).gone == 1
    assert "external_id comes from elsewhere" in said[0]


def test_a_run_that_wrote_nothing_down_is_read_again(left: World) -> None:
    state = left.folder / ".zdpipe" / "state.sqlite"
    with closing(open_database(state)) as connection, transaction(connection):
        connection.execute("UPDATE runs SET identity = NULL")
    left.write(QUERY, UPPER)
    assert left.run().gone == 1
    with closing(open_database(state)) as connection, transaction(connection):
        connection.execute("UPDATE runs SET identity = NULL")
    assert left.run().gone == 0


def test_a_sample_in_between_is_no_run_to_compare_with(left: World) -> None:
    left.write(QUERY, UPPER)
    left.run(sample=1)
    assert left.run().gone == 1
    assert left.run().gone == 0


def test_a_canary_in_between_is_no_run_to_compare_with(left: World) -> None:
    left.write(QUERY, UPPER)
    left.run(canary=1)
    assert left.run().gone == 1
    assert left.run().gone == 0


def test_what_cannot_be_traced_is_compared_by_its_text(world: World) -> None:
    act(world, "tag", tag="gone")
    sql = "SELECT * EXCLUDE (city) RENAME (id AS external_id) FROM Customer_360  -- noqa: ZD104\n"
    world.write(QUERY, sql)
    world.customers(people(1, 2))
    world.run()
    world.customers(people(1))
    world.write(QUERY, sql + " WHERE true")
    assert world.run().gone == 0
    world.write(QUERY, sql + " WHERE true")
    world.customers(people(2))
    assert world.run(allow=Guard.GONE).gone == 1
