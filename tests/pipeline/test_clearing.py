"""Values that are gone from a query, and what becomes of them in the account."""

from __future__ import annotations

from typing import Any

import pytest

from tests.delivery.unruly import PowerCut, answering
from tests.pipeline.world import QUERY, World
from zdpipe.errors import ZdpipeError
from zdpipe.model.run import Counts
from zdpipe.pipeline.plan import plan_query
from zdpipe.pipeline.run import run_query

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
    world.lift_guards()
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


def two_phones(world: World, key: str) -> tuple[str | None, set[str]]:
    user = world.ask(f"/api/v2/users/show_many?external_ids={key}")["users"][0]
    identities = world.ask(f"/api/v2/users/{user['id']}/identities")["identities"]
    return user["phone"], {one["value"] for one in identities if one["type"] == "phone_number"}


def test_a_number_beside_ours_is_not_wiped_with_it(people: World) -> None:
    foreign = {"name": "Name", "external_id": "k1", "phone": "+12065550199"}
    people.tell("/api/v2/users", {"user": foreign})
    customers(people, a("k1"))
    people.run()
    before = two_phones(people, "k1")
    customers(people, a("k1", phone=None))
    run = people.run()
    assert run.warnings == {"clear_skipped": 1}
    assert two_phones(people, "k1") == before


def test_an_entry_that_others_added_to_a_list_keeps_the_list(people: World) -> None:
    settings = people.folder / "zdpipe.toml"
    settings.write_text(f"{settings.read_text()}\n[fields.tags]\nallow = true\nmode = 'replace'\n")
    people.write(QUERY, SQL.replace("phone AS phone", "phone AS tags"))
    customers(people, a("k1", phone="vip"), a("k2", phone="vip"))
    people.run()
    rewrite(people, "k1", tags=["vip", "lawsuit"])
    customers(people, a("k1", phone=None), a("k2", phone=None))
    assert people.run().warnings == {"clear_skipped": 1}
    tags = {
        key: people.ask(f"/api/v2/users/show_many?external_ids={key}")["users"][0]["tags"]
        for key in ("k1", "k2")
    }
    assert {key: set(value) for key, value in tags.items()} == {"k1": {"vip", "lawsuit"}, "k2": set()}


def test_an_emptied_multiselect_is_emptied(people: World) -> None:
    options = [{"name": "A", "value": "aa"}, {"name": "B", "value": "bb"}]
    people.create_field(key="ms", title="Ms", type="multiselect", custom_field_options=options)
    people.write(QUERY, SQL.replace("phone AS phone", '[phone] AS "user_fields.ms"'))
    customers(people, a("k1", phone="aa"))
    people.run()
    customers(people, a("k1", phone=None))
    run = people.run()
    assert (run.counts.failed, run.counts.updated) == (0, 1)
    assert people.run().counts.unchanged == 1


def test_another_user_who_has_the_id_by_now_loses_nothing(people: World) -> None:
    customers(people, a("k1"))
    people.run()
    first = people.ask("/api/v2/users/show_many?external_ids=k1")["users"][0]["id"]
    people.act("PUT", f"/api/v2/users/{first}", {"user": {"external_id": "moved"}})
    other = {"name": "Other", "external_id": "k1", "user_fields": {"city": "Oslo"}}
    people.tell("/api/v2/users", {"user": other})
    customers(people, a("k1", city=None))
    assert people.run().warnings["clear_skipped"] == 1
    assert shown(people, "k1")["city"] == "Oslo"


def test_what_others_changed_is_warned_about_and_asked_once(people: World) -> None:
    customers(people, *(a(f"k{number}") for number in range(30)))
    people.run()
    rewrite(people, "k1", user_fields={"city": "Bergen"})
    customers(people, *(a(f"k{number}", city=None if number == 1 else "Oslo") for number in range(30)))
    assert people.run().warnings == {"clear_skipped": 1}
    before = people.stats["requests"]
    again = people.run()
    assert (again.counts.unchanged, again.warnings) == (30, {})
    nothing_new = people.stats["requests"] - before
    before = people.stats["requests"]
    people.run()
    assert people.stats["requests"] - before == nothing_new
    customers(people, *(a(f"k{number}", city="Rome" if number == 1 else "Oslo") for number in range(30)))
    assert people.run().counts.updated == 1
    assert shown(people, "k1")["city"] == "Rome"


def test_a_plan_that_was_sealed_online_knows_what_others_changed(people: World) -> None:
    customers(people, a("k1"), a("k2"))
    people.run()
    rewrite(people, "k1", user_fields={"city": "Bergen"})
    customers(people, a("k1", city=None), a("k2", city="Rome"))
    sealed = people.folder / "sealed.json"
    plan = plan_query(people.bench, QUERY, seal=True, online=True)
    assert plan.warnings == {"clear_skipped": 1}
    sealed.write_text(plan.seal.as_text())
    people.clock.advance(1)
    assert run_query(people.bench, QUERY, sealed=sealed).counts.updated == 1


def test_a_field_for_known_users_alone_comes_without_a_guard(people: World) -> None:
    settings = people.folder / "zdpipe.toml"
    settings.write_text(f'{settings.read_text()}\n[fields.phone]\nsend_on = "update"\n')
    customers(people, *(a(f"k{number}") for number in range(10)))
    people.run()
    assert guarded(people)["updated"] == 0
    assert people.run().counts.updated == 10
    assert people.run().counts.unchanged == 10
    customers(people, *(a(f"k{number}", phone="+12065550188") for number in range(10)))
    assert guarded(people)["updated"] == 10


def guarded(world: World) -> dict[str, int]:
    """Return how much each guard found in a plan."""
    return {verdict.guard.value: verdict.part for verdict in plan_query(world.bench, QUERY).guards}


def test_whoever_got_an_external_id_meanwhile_loses_a_value_all_the_same(world: World) -> None:
    world.lift_guards()
    world.customers([(None, "Name", "one@example.com", "Oslo"), (None, "Name", "two@example.com", "Oslo")])
    world.run()
    theirs = world.ask("/api/v2/users/search?query=two@example.com")["users"][0]["id"]
    world.act("PUT", f"/api/v2/users/{theirs}", {"user": {"user_fields": {"city": "Bergen"}}})
    world.customers([("k1", "Name", "one@example.com", None), ("k2", "Name", "two@example.com", None)])
    run = world.run()
    assert (run.counts.updated, run.warnings) == (2, {"clear_skipped": 1})
    assert [shown_city(world, key) for key in ("k1", "k2")] == [None, "Bergen"]


def shown_city(world: World, key: str) -> Any:
    return world.ask(f"/api/v2/users/show_many?external_ids={key}")["users"][0]["user_fields"]["city"]
