"""Values that are gone from a query, and what becomes of them in the account."""

from __future__ import annotations

from typing import Any

import pytest

from tests.delivery.unruly import PowerCut, answering
from tests.pipeline.world import QUERY, World
from zdpipe.errors import ZdpipeError
from zdpipe.model.run import Counts
from zdpipe.pipeline.plan import plan_query

SQL = (
    'SELECT id AS external_id, name AS name, phone AS phone, city AS "user_fields.city",'
    ' opted AS "user_fields.email_opt_in", born AS "user_fields.birthdate",'
    ' ltv AS "user_fields.lifetime_value"'
    " FROM Customer_360"
)
FULL = {"phone": "+12065550134", "city": "Oslo", "opted": "true", "born": "1990-01-31", "ltv": "12.5"}
COLUMNS = ("id", "name", *FULL)


@pytest.fixture
def people(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("tests.pipeline.world.COLUMNS", ", ".join(f"{name} VARCHAR" for name in COLUMNS))
    world.write(QUERY, SQL)
    return world


def customers(world: World, *rows: dict[str, Any]) -> None:
    marks = [tuple((row | {"name": "Name"}).get(name) for name in COLUMNS) for row in rows]
    world.customers(marks)


def a(key: str, **values: Any) -> dict[str, Any]:
    return {"id": key} | FULL | values


def shown(world: World, key: str) -> dict[str, Any]:
    user = world.ask(f"/api/v2/users/show_many?external_ids={key}")["users"][0]
    fields = user["user_fields"]
    return {
        "phone": user["phone"], "city": fields["city"], "opted": fields["email_opt_in"],
        "born": fields["birthdate"], "ltv": fields["lifetime_value"],
    }  # fmt: skip


def rewrite(world: World, key: str, **user: Any) -> None:
    """Somebody else changes a user of the account."""
    world.network.on_request = None
    body = {"users": [{"external_id": key, **user}]}
    answer = world.act("POST", "/api/v2/users/create_or_update_many", body)
    assert answer["job_status"]["status"] in {"queued", "working"}
    world.clock.advance(10)


EMPTY = {"phone": None, "city": None, "opted": False, "born": None, "ltv": None}


def test_nulls_empty_every_kind_of_field_once(people: World) -> None:
    customers(people, a("k1"), a("k2"))
    assert people.run().counts.created == 2
    assert shown(people, "k1")["city"] == "Oslo"
    customers(people, a("k1", **dict.fromkeys(FULL)), a("k2", city=" "))
    plan = plan_query(people.bench, QUERY)
    assert (plan.counts.updated, plan.columns["phone"], plan.columns["user_fields.city"]) == (2, 1, 2)
    run = people.run()
    assert (run.counts, run.warnings) == (plan.counts, {})
    assert {name: value or None for name, value in shown(people, "k1").items()} == dict.fromkeys(EMPTY)
    assert shown(people, "k2")["city"] is None
    assert shown(people, "k2")["phone"] == FULL["phone"]
    assert people.run().counts == Counts(read=2, unchanged=2)
    customers(people, a("k1"), a("k2"))
    assert people.run().counts.updated == 2
    assert shown(people, "k1")["city"] == "Oslo"


def test_what_others_changed_meanwhile_stays_and_is_warned_about(people: World) -> None:
    customers(people, a("k1"), a("k2"))
    people.run()
    rewrite(people, "k1", user_fields={"city": "Bergen"})
    customers(people, a("k1", city=None), a("k2", city=None))
    run = people.run()
    assert (run.counts.updated, run.counts.unchanged, run.warnings) == (1, 1, {"clear_skipped": 1})
    assert shown(people, "k1")["city"] == "Bergen"
    assert shown(people, "k2")["city"] is None


def test_values_that_nobody_can_read_empty_nothing(people: World) -> None:
    customers(people, a("k1"))
    people.run()
    settings = people.folder / "zdpipe.toml"
    kinds = '[fields.user_fields]\nbirthdate = { as = "date" }\nlifetime_value = { as = "decimal" }\n'
    settings.write_text(f"{settings.read_text()}\n{kinds}")
    people.run()  # a number with two decimals is another text than before
    customers(people, a("k1", phone="nonsense", born="yesterday", ltv="a lot"))
    run = people.run()
    assert set(run.warnings) == {"invalid_phone", "invalid_date", "invalid_decimal"}
    assert run.counts.unchanged == 1
    assert shown(people, "k1")["phone"] == FULL["phone"]


def test_a_user_who_was_deleted_has_nothing_to_empty(people: World) -> None:
    customers(people, a("k1"))
    people.run()
    user = people.ask("/api/v2/users/show_many?external_ids=k1")["users"][0]
    people.act("DELETE", f"/api/v2/users/{user['id']}")
    customers(people, a("k1", city=None))
    assert people.run().warnings == {"clear_skipped": 1}


def test_only_who_loses_a_value_is_asked_about(people: World) -> None:
    customers(people, *(a(f"k{number}") for number in range(150)))
    people.run()
    before = people.stats["requests"]
    people.run()
    nothing_new = people.stats["requests"] - before
    customers(people, *(a(f"k{number}", city=None) for number in range(150)))
    before = people.stats["requests"]
    run = people.run()
    # Two look-ups of a hundred, two writes, and at least one poll; all of it is in the report.
    assert people.stats["requests"] - before >= nothing_new + 5
    assert run.requests == people.stats["requests"] - before
    assert run.counts.updated == 150


def test_an_outage_while_asking_stops_the_run_before_anything_is_sent(people: World) -> None:
    customers(people, a("k1"))
    people.run()
    customers(people, a("k1", city=None))
    writes = people.stats["writes"]
    people.network.reads = 0
    people.network.on_read[4] = answering(401)
    with pytest.raises(ZdpipeError):
        people.run()
    assert people.stats["writes"] == writes
    people.network.on_read.clear()
    assert people.run().counts.updated == 1


def test_a_lost_answer_to_an_emptying_is_settled_like_any_other(people: World) -> None:
    customers(people, a("k1"))
    people.run()
    customers(people, a("k1", **dict.fromkeys(FULL)))

    def cut(*_: object) -> None:
        raise PowerCut

    people.network.writes.clear()
    people.network.on_write[1] = cut
    with pytest.raises(PowerCut):
        people.run()
    people.network.on_write.clear()
    assert people.resume().counts.updated == 1
    assert shown(people, "k1")["city"] is None
    assert people.run().counts.unchanged == 1


@pytest.mark.parametrize(
    ("policy", "city"),
    [('nulls = "omit"', "Oslo"), ('nulls = "clear"', None), ('send_on = "create"', "Oslo")],
)
def test_a_project_may_say_otherwise(people: World, policy: str, city: str | None) -> None:
    settings = people.folder / "zdpipe.toml"
    settings.write_text(f'{settings.read_text()}\n[fields."user_fields.city"]\n{policy}\n')
    customers(people, a("k1"))
    people.run()
    rewrite(people, "k1", name="Other")
    customers(people, a("k1", city=None))
    people.run()
    assert shown(people, "k1")["city"] == city
