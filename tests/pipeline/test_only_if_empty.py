"""Fields that are sent only where the account shows nothing."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.delivery.unruly import PowerCut
from tests.pipeline.world import QUERY, World
from zdpipe.model.run import Counts
from zdpipe.pipeline import asking
from zdpipe.pipeline.forget import forget_person
from zdpipe.pipeline.plan import plan_query
from zdpipe.pipeline.preview import preview_query
from zdpipe.pipeline.run import run_query

CITY = "user_fields.city"


@pytest.fixture
def filling(world: World) -> World:
    world.lift_guards()
    say(world, f'[fields."{CITY}"]\nonly_if_empty = true')
    return world


def say(world: World, text: str) -> None:
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


def there(world: World, key: str | None, city: str | None, email: str | None = None) -> None:
    """Somebody else creates a user in the account."""
    fields = {"user_fields": {"city": city}} if city else {}
    user = {"name": "Theirs", "external_id": key, "email": email, "skip_verify_email": True} | fields
    world.clock.advance(1)
    world.tell("/api/v2/users", {"user": user})


def change(world: World, key: str, city: str | None) -> None:
    user = world.ask(f"/api/v2/users/show_many?external_ids={key}")["users"][0]
    world.clock.advance(1)
    world.act("PUT", f"/api/v2/users/{user['id']}", {"user": {"user_fields": {"city": city}}})


def city(world: World, key: str) -> Any:
    return world.ask(f"/api/v2/users/show_many?external_ids={key}")["users"][0]["user_fields"]["city"]


def requests(world: World, before: int) -> int:
    return int(world.stats["requests"]) - before


def quiet_run(world: World) -> int:
    """Return how many requests a run takes in which nobody changes and nobody is asked about."""
    before = world.stats["requests"]
    run = world.run()
    assert (run.counts.unchanged, run.warnings) == (run.counts.read, {})
    return requests(world, before)


def test_new_users_and_empty_fields_are_filled_and_others_stay(filling: World) -> None:
    there(filling, "k2", "Bergen")
    there(filling, "k3", None)
    filling.customers([(f"k{n}", "Name", None, "Oslo") for n in (1, 2, 3)])
    plan = plan_query(filling.bench, QUERY, online=True)
    run = filling.run()
    assert run.counts.created + run.counts.updated == plan.counts.created + plan.counts.updated == 3
    assert (run.warnings, plan.warnings) == ({"not_empty": 1}, {"not_empty": 1})
    assert [city(filling, f"k{n}") for n in (1, 2, 3)] == ["Oslo", "Bergen", "Oslo"]


def test_what_is_decided_costs_no_request_and_no_warning_any_more(filling: World) -> None:
    for n in range(120):
        there(filling, f"k{n}", "Bergen")
    rows = [(f"k{n}", "Name", None, "Oslo") for n in range(120)]
    filling.customers(rows)
    assert filling.run().warnings == {"not_empty": 120}
    nothing = quiet_run(filling)
    assert quiet_run(filling) == nothing
    filling.customers([(key, name, email, "Rome") for key, name, email, _ in rows])
    assert quiet_run(filling) == nothing
    filling.customers([(key, "Other", email, place) for key, _, email, place in rows])
    run = filling.run()
    assert (run.counts.updated, run.warnings) == (120, {})
    assert city(filling, "k7") == "Bergen"


def test_a_known_customer_is_asked_about_once_when_the_field_is_new(filling: World) -> None:
    filling.customers([("k1", "Name", None, None), ("k2", "Name", None, None)])
    filling.run()
    change(filling, "k1", "Bergen")
    filling.customers([("k1", "Name", None, "Oslo"), ("k2", "Name", None, "Oslo")])
    offline = plan_query(filling.bench, QUERY)
    online = plan_query(filling.bench, QUERY, online=True)
    assert (offline.counts.updated, offline.reading.customers, offline.reading.asked) == (2, 2, False)
    assert (online.counts.updated, online.reading.customers, online.reading.asked) == (1, 2, True)
    run = filling.run()
    assert (run.counts, run.warnings) == (online.counts, {"not_empty": 1})
    assert filling.run().counts == Counts(read=2, unchanged=2)
    assert (city(filling, "k1"), city(filling, "k2")) == ("Bergen", "Oslo")


def test_what_zdpipe_filled_stays_and_its_other_value_is_told_in_every_run(filling: World) -> None:
    filling.customers([("k1", "Name", None, "Oslo")])
    filling.run()
    nothing = quiet_run(filling)
    filling.customers([("k1", "Name", None, "Rome")])
    for _ in range(2):
        before = filling.stats["requests"]
        plan = plan_query(filling.bench, QUERY)
        run = filling.run()
        assert (run.counts, run.warnings) == (Counts(read=1, unchanged=1), {"not_empty": 1})
        assert (plan.counts, plan.warnings, plan.reading.customers) == (run.counts, run.warnings, 0)
        assert requests(filling, before) == nothing
    assert city(filling, "k1") == "Oslo"


def test_a_null_empties_what_zdpipe_filled_and_the_next_value_fills_it_again(filling: World) -> None:
    there(filling, "k2", "Bergen")
    for place in ("Oslo", None, "Rome"):
        filling.customers([("k1", "Name", None, place), ("k2", "Name", None, place)])
        filling.run()
        assert (city(filling, "k1"), city(filling, "k2")) == (place, "Bergen")
    assert filling.run().counts.unchanged == 2


def test_full_asks_anew(filling: World) -> None:
    there(filling, "k1", "Bergen")
    filling.customers([("k1", "Name", None, "Oslo"), ("k2", "Name", None, "Oslo")])
    filling.run()
    change(filling, "k1", None)
    change(filling, "k2", "Bergen")
    assert quiet_run(filling)
    plan = plan_query(filling.bench, QUERY, full=True, online=True)
    run = filling.run(full=True)
    assert (run.counts, run.warnings) == (plan.counts, {"not_empty": 1})
    assert plan.columns[CITY] == 1
    assert (city(filling, "k1"), city(filling, "k2")) == ("Oslo", "Bergen")


def test_somebody_new_may_be_in_the_account_by_address_alone(filling: World) -> None:
    there(filling, None, "Bergen", "one@example.com")
    there(filling, None, "Bergen", "two@example.com")
    there(filling, "other", "Bergen", "three@example.com")
    filling.customers(
        [
            ("k1", "Name", "one@example.com", "Oslo"),
            (None, "Name", "two@example.com", "Oslo"),
            ("k3", "Name", "three@example.com", "Oslo"),
            ("k4", "Name", "four@example.com", "Oslo"),
        ]
    )
    run = filling.run()
    assert run.warnings == {"not_empty": 2}
    assert [city(filling, key) for key in ("k1", "k4")] == ["Bergen", "Oslo"]
    assert (
        filling.ask('/api/v2/users/search?query=email:"two@example.com"')["users"][0]["user_fields"]["city"]
        == "Bergen"
    )


def test_beyond_so_many_addresses_the_next_run_asks_by_id(
    filling: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_SEARCHES", 3)
    for n in range(8):
        there(filling, None, "Bergen", f"c{n}@example.com")
    filling.many(10)
    assert plan_query(filling.bench, QUERY).reading.requests == 4
    run = filling.run()
    assert run.warnings == {"not_asked": 7, "not_empty": 3}
    assert run.counts.created + run.counts.updated == 10
    again = filling.run()
    assert (again.counts.updated, again.warnings) == (2, {"not_empty": 5})
    assert {city(filling, f"id-{n}") for n in range(8)} == {"Bergen"}
    assert {city(filling, f"id-{n}") for n in (8, 9)} == {"Oslo"}
    assert filling.run().counts.unchanged == 10


def test_whoever_got_an_external_id_is_found_by_the_id_that_the_address_had(filling: World) -> None:
    addresses = [f"c{number}@example.com" for number in range(30)]
    filling.customers([(None, "Name", email, None) for email in addresses])
    filling.run()
    theirs = filling.ask("/api/v2/users/search?query=c1@example.com")["users"][0]["id"]
    filling.act("PUT", f"/api/v2/users/{theirs}", {"user": {"user_fields": {"city": "Bergen"}}})
    filling.customers([(f"k{number}", "Name", email, "Oslo") for number, email in enumerate(addresses)])
    reading = plan_query(filling.bench, QUERY).reading
    assert (reading.customers, reading.requests) == (30, 2)
    run = filling.run()
    assert (run.counts.updated, run.warnings) == (30, {"not_empty": 1})
    assert run.requests < len(addresses)
    assert (city(filling, "k0"), city(filling, "k1")) == ("Oslo", "Bergen")


def test_the_requests_are_in_the_report(filling: World) -> None:
    filling.customers([(f"k{n}", "Name", None, "Oslo") for n in range(150)])
    before = filling.stats["requests"]
    assert filling.run().requests == requests(filling, before)


def test_send_on_says_whom_to_ask_about(filling: World) -> None:
    say(filling, '[fields.alias]\nsend_on = "update"\nonly_if_empty = true')
    filling.write(QUERY, "SELECT id AS external_id, name AS name, city AS alias FROM Customer_360")
    filling.customers([("k1", "Name", None, "al")])
    assert plan_query(filling.bench, QUERY).reading.customers == 0
    assert filling.run().counts.created == 1
    assert plan_query(filling.bench, QUERY).reading.customers == 1
    assert filling.run().counts.updated == 1
    assert filling.run().counts.unchanged == 1


def test_a_sealed_plan_knows_what_was_empty(filling: World) -> None:
    there(filling, "k1", "Bergen")
    filling.customers([("k1", "Name", None, "Oslo"), ("k2", "Name", None, "Oslo")])
    sealed = filling.folder / "sealed.json"
    plan = plan_query(filling.bench, QUERY, seal=True, online=True)
    assert plan.seal is not None
    sealed.write_text(plan.seal.as_text())
    filling.clock.advance(1)
    assert run_query(filling.bench, QUERY, sealed=sealed).warnings == {"not_empty": 1}
    assert city(filling, "k1") == "Bergen"


def test_a_first_send_fills_everybody_in_a_preview(filling: World) -> None:
    filling.customers([("k1", "Name", None, "Oslo")])
    assert '"city":"Oslo"' in preview_query(filling.bench, QUERY, limit=1)[0]


def test_a_run_that_was_cut_off_knows_afterwards_what_it_was_told(filling: World) -> None:
    there(filling, "k1", "Bergen")
    filling.customers([("k1", "Name", None, "Oslo"), ("k2", "Name", None, "Oslo")])

    def cut(*_: object) -> None:
        raise PowerCut

    filling.network.on_write[1] = cut
    with pytest.raises(PowerCut):
        filling.run()
    filling.network.on_write.clear()
    assert filling.resume().counts.pending == 0
    nothing = quiet_run(filling)
    assert quiet_run(filling) == nothing
    assert (city(filling, "k1"), city(filling, "k2")) == ("Bergen", "Oslo")


def test_who_is_forgotten_leaves_no_decision_behind(filling: World) -> None:
    there(filling, "k1", "Bergen")
    filling.customers([("k1", "Name", None, "Oslo"), ("k2", "Name", None, "Oslo")])
    run = filling.run()
    known = filling.folder / ".zdpipe" / "known" / "127.0.0.1_8977.duckdb"
    assert decisions(known) == {"k1": "true", "k2": None}
    forget_person(filling.bench, "k1")
    assert decisions(known) == {"k2": None}
    outbox = pl.read_parquet(filling.folder / ".zdpipe" / "runs" / run.run_id / "outbox.parquet")
    assert outbox[f"kept:{CITY}"].to_list() == [None, None]


def decisions(known: Any) -> dict[str, str | None]:
    with closing(duckdb.connect(known, read_only=True)) as connection:
        return dict(connection.execute(f'SELECT key, "kept:{CITY}" FROM users').fetchall())


STEP = st.tuples(
    st.dictionaries(st.sampled_from(["k1", "k2", "k3"]), st.sampled_from([None, "Oslo", "Rome"]), min_size=1),
    st.dictionaries(st.sampled_from(["k1", "k2", "k3"]), st.sampled_from([None, "Bergen"]), max_size=2),
)


@pytest.mark.histories
@settings(max_examples=24, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, min_size=1, max_size=4))
def test_whatever_others_do_theirs_stay_and_the_plan_tells_the_run(
    steps: list[tuple[dict[str, str | None], dict[str, str | None]]],
) -> None:
    """Between runs others fill and empty the field; no run changes what they filled, the next one nothing."""
    with TemporaryDirectory() as folder:
        world = World(Path(folder) / "project")
        world.lift_guards()
        say(world, f'[fields."{CITY}"]\nonly_if_empty = true')
        for key in ("k1", "k2", "k3"):
            there(world, key, None)
        for wanted, changed in steps:
            for key, place in changed.items():
                world.clock.advance(15)
                change(world, key, place)
            before = {key: city(world, key) for key in wanted}
            world.customers([(key, "Name", None, place) for key, place in wanted.items()])
            plan = plan_query(world.bench, QUERY, online=True)
            run = world.run()
            assert run.counts.created + run.counts.updated == plan.counts.created + plan.counts.updated
            assert run.warnings == plan.warnings
            for key, place in before.items():
                if place == "Bergen":
                    assert city(world, key) == "Bergen"
            assert world.run().counts.unchanged == len(wanted)
        world.close()
